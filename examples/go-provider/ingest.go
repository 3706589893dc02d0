package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

const defaultBaseURL = "https://ingest.chaim.co"

var client = &http.Client{
	Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		// A connection kept while Lambda freezes the function is dead afterwards; and on one that
		// was used before, net/http would send a request again by itself, nonce and all (H23).
		DisableKeepAlives: true,
	},
	// H74: a redirect is an answer like any other; followed, it would take our headers along.
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// publish presigns and uploads; it returns the hash of what was accepted.
func publish(ctx context.Context, doc document, eventID string, creds credentials) (string, error) {
	sum := sha256.Sum256(doc.body)
	contentHash := "sha256:" + hex.EncodeToString(sum[:]) // H10
	uploadURL, err := presign(ctx, doc.appID, eventID, contentHash, creds)
	if err != nil {
		return "", err
	}
	// H30: to the URL as it came. H31: a body in memory is not chunked. H32: with no credentials.
	headers := map[string]string{"Content-Type": "application/json"}
	_, err = send(ctx, "upload", http.MethodPut, uploadURL, doc.body, headers)
	return contentHash, err
}

func presign(ctx context.Context, appID, eventID, contentHash string, creds credentials) (string, error) {
	nonce, err := newUUID() // H23
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(map[string]string{ // H21, H25: of the snapshot nothing but its hash
		"appId":       appID,
		"eventId":     eventID,
		"contentHash": contentHash,
		"timestamp":   now(),
		"nonce":       nonce,
	})
	if err != nil {
		return "", err
	}
	signature := hmac.New(sha256.New, []byte(creds.apiSecret)) // H22: of the very bytes sent
	signature.Write(body)
	base := os.Getenv("CHAIM_API_BASE_URL")
	if base == "" {
		base = defaultBaseURL
	}
	url := strings.TrimRight(base, "/") + "/ingest/presign" // H26
	content, err := send(ctx, "presign", http.MethodPost, url, body, map[string]string{
		"Content-Type":      "application/json",
		"x-chaim-key":       creds.apiKey,
		"x-chaim-signature": hex.EncodeToString(signature.Sum(nil)),
	})
	if err != nil {
		return "", err
	}
	var granted object
	if json.Unmarshal(content, &granted) != nil {
		return "", trouble("presign: the answer is not JSON") // H55
	}
	uploadURL := textIn(granted, "uploadUrl")
	if !strings.HasPrefix(uploadURL, "https://") && !strings.HasPrefix(uploadURL, "http://") {
		return "", trouble("presign: the answer has no upload URL")
	}
	return uploadURL, nil
}

// send makes one request, within the context's time, headers and body of the answer included. It
// returns what a POST was answered with; anything but 2xx is trouble (H34, H51).
func send(
	ctx context.Context, step, method, url string, body []byte, headers map[string]string,
) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, troublef("%s: no request can be made of its URL", step) // H72: err quotes it
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, noAnswer(step, err)
	}
	defer response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, troublef("%s: refused with status %d", step, response.StatusCode)
	}
	if method == http.MethodPut {
		return nil, nil // H33: accepted once its status says so, whatever follows
	}
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, noAnswer(step, err)
	}
	return content, nil
}

func noAnswer(step string, err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return troublef("%s: no answer in time", step)
	}
	return troublef("%s: the connection failed", step)
}

func newUUID() (string, error) {
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		return "", err
	}
	random[6] = random[6]&0x0f | 0x40
	random[8] = random[8]&0x3f | 0x80
	return formatUUID(random), nil
}

func formatUUID(b []byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
