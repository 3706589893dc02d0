package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"time"
)

type credentials struct{ apiKey, apiSecret string }

// findCredentials takes them from Secrets Manager where a secret is named (H80), else from the
// environment (H81).
func findCredentials(ctx context.Context) (credentials, error) {
	found := credentials{os.Getenv("API_KEY"), os.Getenv("API_SECRET")}
	if name := os.Getenv("SECRET_NAME"); name != "" {
		secret, err := readSecret(ctx, name)
		if err != nil {
			return credentials{}, err
		}
		found = credentials{textIn(secret, "apiKey"), textIn(secret, "apiSecret")}
	}
	return found, found.check()
}

// check refuses, before anything is sent, what cannot be right (H82).
func (c credentials) check() error {
	if strings.TrimSpace(c.apiKey) == "" {
		return trouble("credentials: no apiKey")
	}
	if strings.TrimSpace(c.apiSecret) == "" {
		return trouble("credentials: no apiSecret")
	}
	for _, char := range c.apiKey {
		if char < ' ' || char > '~' {
			return trouble("credentials: the apiKey cannot stand in a header")
		}
	}
	return nil
}

// readSecret asks Secrets Manager in every invocation, because secrets are rotated while a function
// lives. It takes a name or an ARN.
func readSecret(ctx context.Context, name string) (object, error) {
	body, err := json.Marshal(map[string]string{"SecretId": name})
	if err != nil {
		return nil, err
	}
	region := firstOf("AWS_REGION", "AWS_DEFAULT_REGION")
	endpoint := firstOf("AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL")
	if endpoint == "" {
		endpoint = "https://secretsmanager." + region + ".amazonaws.com"
		if strings.HasPrefix(region, "cn-") {
			endpoint += ".cn"
		}
	}
	endpoint = strings.TrimRight(endpoint, "/") + "/"
	headers := map[string]string{
		"Content-Type": "application/x-amz-json-1.1",
		"X-Amz-Target": "secretsmanager.GetSecretValue",
	}
	err = sign(headers, signing{
		service:      "secretsmanager",
		region:       region,
		accessKey:    os.Getenv("AWS_ACCESS_KEY_ID"),
		secretKey:    os.Getenv("AWS_SECRET_ACCESS_KEY"),
		sessionToken: os.Getenv("AWS_SESSION_TOKEN"),
		at:           time.Now().UTC(),
	}, endpoint, body)
	if err != nil {
		return nil, err
	}
	content, err := send(ctx, "Secrets Manager", http.MethodPost, endpoint, body, headers)
	if err != nil {
		return nil, err
	}
	var answer, secret object
	if json.Unmarshal(content, &answer) != nil {
		return nil, trouble("Secrets Manager: the answer is not JSON")
	}
	if json.Unmarshal([]byte(textIn(answer, "SecretString")), &secret) != nil {
		return nil, trouble("the secret is no JSON object") // H70: nothing of what it is
	}
	return secret, nil
}

func firstOf(names ...string) string {
	for _, name := range names {
		if value := os.Getenv(name); value != "" {
			return value
		}
	}
	return ""
}
