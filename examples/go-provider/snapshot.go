package main

import (
	"encoding/json"
	"os"
	"unicode/utf8"
)

// object keeps each value as it was written: no number passes through a float on its way.
type object = map[string]json.RawMessage

// document is what is published, byte for byte, and the application that it belongs to.
type document struct {
	body  []byte
	appID string
}

// readDocument makes the bytes to publish from the snapshot that lies in the bundle (H01).
func readDocument(action string) (document, error) {
	bundled, err := os.ReadFile("snapshot.json") // Lambda starts a program in its bundle
	if err != nil {
		return document{}, trouble("snapshot.json cannot be read")
	}
	var snapshot object
	if !utf8.Valid(bundled) || json.Unmarshal(bundled, &snapshot) != nil || snapshot == nil {
		return document{}, trouble("snapshot.json is no JSON object")
	}
	appID := appIDIn(snapshot)
	if appID == "" {
		return document{}, trouble("snapshot.json has no appId")
	}
	if action == "UPSERT" {
		// H11, H40, H41, H43: as bundled, so that the hash is the same in every operation.
		return document{bundled, appID}, nil
	}
	snapshot["action"] = json.RawMessage(`"DELETE"`) // H42
	snapshot["schema"] = json.RawMessage(`null`)
	snapshot["capturedAt"] = json.RawMessage(`"` + now() + `"`)
	body, err := json.Marshal(snapshot)
	return document{body, appID}, err
}

// appIDIn finds it in either format (H24): 1.0 is flat, 3.0 keeps it with the identity.
func appIDIn(snapshot object) string {
	if appID := textIn(snapshot, "appId"); appID != "" {
		return appID
	}
	var identity object
	if json.Unmarshal(snapshot["identity"], &identity) != nil {
		return ""
	}
	return textIn(identity, "appId")
}

// textIn is the string under a name; empty where there is none. Unlike a struct's field it is
// found by its name alone, whatever else differs from it by case only.
func textIn(from object, name string) string {
	var text string
	if json.Unmarshal(from[name], &text) != nil {
		return ""
	}
	return text
}
