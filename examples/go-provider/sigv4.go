package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"sort"
	"strings"
	"time"
)

// signing is what AWS Signature Version 4 needs to know besides the request.
type signing struct {
	service, region, accessKey, secretKey, sessionToken string
	at                                                  time.Time
}

// sign adds to the headers of a POST without a query what makes AWS accept it; every header that
// it is given is signed.
func sign(headers map[string]string, by signing, endpoint string, body []byte) error {
	to, err := url.Parse(endpoint)
	if err != nil || to.Host == "" {
		return trouble("Secrets Manager: its endpoint is no URL")
	}
	if by.region == "" || by.accessKey == "" || by.secretKey == "" {
		return trouble("Secrets Manager: the function has no region, or no AWS credentials")
	}
	stamp, day := by.at.Format("20060102T150405Z"), by.at.Format("20060102")
	headers["X-Amz-Date"] = stamp
	if by.sessionToken != "" {
		headers["X-Amz-Security-Token"] = by.sessionToken
	}

	lines := []string{"host:" + to.Host}
	for name, value := range headers {
		lines = append(lines, strings.ToLower(name)+":"+strings.TrimSpace(value))
	}
	sort.Strings(lines)
	names := make([]string, len(lines))
	for i, line := range lines {
		names[i], _, _ = strings.Cut(line, ":")
	}
	signed := strings.Join(names, ";")

	canonical := strings.Join([]string{
		"POST", to.EscapedPath(), "", strings.Join(lines, "\n") + "\n", signed, hexSHA256(body),
	}, "\n")
	scope := strings.Join([]string{day, by.region, by.service, "aws4_request"}, "/")
	text := strings.Join([]string{
		"AWS4-HMAC-SHA256", stamp, scope, hexSHA256([]byte(canonical)),
	}, "\n")
	key := []byte("AWS4" + by.secretKey)
	for _, part := range []string{day, by.region, by.service, "aws4_request"} {
		key = hmacSHA256(key, part)
	}
	headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=" + by.accessKey + "/" + scope +
		", SignedHeaders=" + signed + ", Signature=" + hex.EncodeToString(hmacSHA256(key, text))
	return nil
}

func hexSHA256(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func hmacSHA256(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
