package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"
)

const (
	longestIngestion = time.Minute // nobody should watch a stack hang for longer
	keptForAnswer    = 100 * time.Millisecond
	defaultMaxBytes  = 10 << 20
)

// What CloudFormation asks for.
type request struct {
	RequestType        string
	ResponseURL        string
	StackId            string
	RequestId          string
	LogicalResourceId  string
	PhysicalResourceId string
}

// What CloudFormation is told; it takes 4,096 bytes (H60).
type answer struct {
	Status             string
	Reason             string `json:",omitempty"`
	StackId            string
	RequestId          string
	LogicalResourceId  string
	PhysicalResourceId string
	Data               map[string]string
}

// trouble says why nothing was published: in words that hold no secret, no URL and nothing that a
// server said. All other errors may, so their words are not passed on (H70, H72).
type trouble string

func (t trouble) Error() string { return string(t) }

func troublef(format string, values ...any) error {
	return trouble(fmt.Sprintf(format, values...))
}

// handle answers CloudFormation for one attempt of one operation; its error is that it could not.
func handle(ctx context.Context, payload []byte) error {
	var asked request
	if err := json.Unmarshal(payload, &asked); err != nil {
		return errors.New("the event is not JSON")
	}
	mode := failureMode()
	action := "UPSERT"
	if asked.RequestType == "Delete" {
		action = "DELETE"
	}
	eventID := eventIDOf(asked.RequestId)
	told := answer{
		Status:            "SUCCESS",
		StackId:           asked.StackId,
		RequestId:         asked.RequestId,
		LogicalResourceId: asked.LogicalResourceId,
		// H06, H07: the id stays, because CloudFormation would delete the entity under the one
		// that it no longer hears.
		PhysicalResourceId: asked.PhysicalResourceId,
		Data: map[string]string{ // H61
			"EventId":   eventID,
			"Action":    action,
			"Timestamp": now(),
		},
	}
	if told.PhysicalResourceId == "" {
		told.PhysicalResourceId = "chaim-" + eventID // H05
	}

	contentHash, err := ingestInTime(ctx, action, eventID)
	if err == nil {
		told.Data["IngestStatus"] = "SUCCESS"
		told.Data["ContentHash"] = contentHash // H12
	} else {
		reason := reasonOf(err)
		fmt.Fprintf(os.Stderr, "ERROR %s was not published: %s\n", action, reason) // H53
		told.Data["IngestStatus"] = "FAILED"                                       // H50, H53
		told.Data["Error"] = reason
		if mode == "STRICT" { // H51
			told.Status, told.Reason = "FAILED", reason
		}
	}
	return respond(ctx, asked.ResponseURL, told)
}

// ingestInTime leaves a fifth of the function's time to answer in (H56).
func ingestInTime(ctx context.Context, action, eventID string) (string, error) {
	deadline, _ := ctx.Deadline()
	patience := time.Until(deadline) * 4 / 5
	if patience > longestIngestion {
		patience = longestIngestion
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return ingest(ctx, action, eventID)
}

func ingest(ctx context.Context, action, eventID string) (string, error) {
	doc, err := readDocument(action)
	if err != nil {
		return "", err
	}
	if limit := maxBytes(); len(doc.body) > limit { // H91: as uploaded, before anything is sent
		return "", troublef("snapshot: %d bytes, %d are allowed", len(doc.body), limit)
	}
	creds, err := findCredentials(ctx)
	if err != nil {
		return "", err
	}
	return publish(ctx, doc, eventID, creds)
}

// respond PUTs the answer to a URL that is signed for a request without a content type.
func respond(ctx context.Context, url string, told answer) error {
	deadline, _ := ctx.Deadline()
	ctx, cancel := context.WithDeadline(ctx, deadline.Add(-keptForAnswer))
	defer cancel()
	document, err := json.Marshal(told)
	if err != nil {
		return err
	}
	if _, err := send(ctx, "answer", http.MethodPut, url, document, nil); err != nil {
		return errors.New(reasonOf(err))
	}
	return nil
}

func reasonOf(err error) string {
	var known trouble
	if errors.As(err, &known) {
		return known.Error()
	}
	return fmt.Sprintf("unexpected %T", err)
}

// eventIDOf derives the eventId from what all attempts of one operation share (H03, H04), with the
// bits that make it a UUID of version 4 (H02).
func eventIDOf(requestID string) string {
	sum := sha256.Sum256([]byte("event of " + requestID))
	sum[6] = sum[6]&0x0f | 0x40
	sum[8] = sum[8]&0x3f | 0x80
	return formatUUID(sum[:16])
}

func failureMode() string {
	mode := os.Getenv("FAILURE_MODE")
	switch mode {
	case "STRICT", "BEST_EFFORT":
		return mode
	case "":
	default:
		fmt.Fprintf(os.Stderr, "WARNING FAILURE_MODE=%.40s is unknown: BEST_EFFORT is used\n", mode) // H92
	}
	return "BEST_EFFORT" // H52
}

func maxBytes() int {
	text := os.Getenv("CHAIM_MAX_SNAPSHOT_BYTES")
	if text == "" {
		return defaultMaxBytes
	}
	limit, err := strconv.ParseUint(text, 10, 62)
	if err != nil {
		fmt.Fprintf(os.Stderr, "WARNING CHAIM_MAX_SNAPSHOT_BYTES=%.40s is no number\n", text) // H92
		return defaultMaxBytes
	}
	return int(limit)
}

func now() string {
	return time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
}
