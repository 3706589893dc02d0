// A publisher for the Chaim ingest service, as a Lambda function on provided.al2023.
//
// CloudFormation invokes it for every Create, Update and Delete of its custom resource. Comments
// such as H10 name the clause of the contract that a line is there for.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// The Lambda Runtime API: ask for work, do it, say how it went, for as long as the process lives.
func main() {
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	// Waits for the next event as long as it takes, and goes through no proxy.
	client := &http.Client{Transport: &http.Transport{}}
	for {
		if err := serveOne(client, api); err != nil {
			fmt.Fprintln(os.Stderr, "ERROR Runtime API:", err)
			os.Exit(1)
		}
	}
}

func serveOne(client *http.Client, api string) error {
	next, err := client.Get(api + "next")
	if err != nil {
		return err
	}
	event, err := io.ReadAll(next.Body)
	next.Body.Close()
	if err != nil {
		return err
	}
	deadline, err := strconv.ParseInt(next.Header.Get("Lambda-Runtime-Deadline-Ms"), 10, 64)
	if err != nil {
		return fmt.Errorf("no deadline: %w", err)
	}

	// H56: whatever is done for this event is done before the function would be killed.
	ctx, cancel := context.WithDeadline(context.Background(), time.UnixMilli(deadline))
	defer cancel()
	path, answer := "/response", "null"
	if err := handle(ctx, event); err != nil {
		document, _ := json.Marshal(map[string]string{
			"errorType":    "CannotAnswer",
			"errorMessage": err.Error(),
		})
		path, answer = "/error", string(document)
	}
	url := api + next.Header.Get("Lambda-Runtime-Aws-Request-Id") + path
	told, err := client.Post(url, "application/json", strings.NewReader(answer))
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, told.Body) // read to its end, so that the connection can be kept
	told.Body.Close()
	return err
}
