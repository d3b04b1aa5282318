package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

const (
	tolerance = 5 * time.Minute // of the sender's clock
	maxEvents = 100             // in one request
	maxID     = 120             // bytes; an event of several adds its number
)

// Receive implements sdk.Receiver: a request signed as Standard Webhooks says
// becomes events, see plugins/README.md.
func (i *instance) Receive(_ context.Context, r sdk.Request) sdk.Response {
	if len(i.verifiers) == 0 {
		return refuse(http.StatusNotFound, "this channel takes no webhooks: it has no inbound_secret")
	}
	if r.Method != http.MethodPost {
		return refuse(http.StatusMethodNotAllowed, "POST it")
	}
	head := header{}
	for _, h := range r.Headers {
		head.take(h)
	}
	status, err := i.genuine(head, r.Body)
	if err != nil {
		return refuse(status, err.Error())
	}
	events, err := read(r.Body, head.id)
	if err != nil {
		return refuse(http.StatusUnprocessableEntity, err.Error())
	}
	return sdk.Response{Status: http.StatusNoContent, Events: events}
}

func refuse(status int, why string) sdk.Response {
	body, err := json.Marshal(map[string]string{"error": why})
	if err != nil {
		body = nil
	}
	return sdk.Response{Status: status, Body: body, Headers: []sdk.Header{{Name: "Content-Type", Value: "application/json"}}}
}

// header is what a signed request says of itself.
type header struct{ id, stamp, signature string }

func (h *header) take(line sdk.Header) {
	switch http.CanonicalHeaderKey(line.Name) {
	case "Webhook-Id":
		h.id = line.Value
	case "Webhook-Timestamp":
		h.stamp = line.Value
	case "Webhook-Signature":
		h.signature = line.Value
	}
}

// genuine checks who sent the request and when; status is the answer when it is not.
func (i *instance) genuine(h header, body []byte) (status int, err error) {
	if h.id == "" || h.stamp == "" || h.signature == "" {
		return http.StatusBadRequest, errors.New("webhook-id, webhook-timestamp and webhook-signature are needed")
	}
	if len(h.id) > maxID {
		return http.StatusBadRequest, errors.New("webhook-id has at most 120 bytes")
	}
	seconds, err := strconv.ParseInt(h.stamp, 10, 64)
	if err != nil {
		return http.StatusBadRequest, errors.New("webhook-timestamp is a number of seconds")
	}
	if age := i.now().Sub(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
		return http.StatusUnauthorized, fmt.Errorf("webhook-timestamp is more than %s away from now", tolerance)
	}
	if !verified(i.verifiers, h, body) {
		return http.StatusUnauthorized, errors.New("the signature fits no inbound_secret")
	}
	return 0, nil
}

// note is one thing that a request tells.
type note struct {
	ID        string          `json:"id"`
	Type      string          `json:"type"`
	Timestamp *time.Time      `json:"timestamp"`
	Data      json.RawMessage `json:"data"`
}

// read makes events of a body: one note, or several as {"events": [...]}. What
// has no id of its own is known again by the request's.
func read(body []byte, id string) ([]sdk.Event, error) {
	var in struct {
		note
		Events []note `json:"events"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, fmt.Errorf("the body is no JSON object of {type, timestamp, data}: %w", err)
	}
	notes := in.Events
	switch {
	case len(notes) == 0:
		in.note.ID = "" // the request's counts: a repeated request is a repeated event
		notes = []note{in.note}
	case in.Type != "":
		return nil, errors.New("give either type or events")
	case len(notes) > maxEvents:
		return nil, fmt.Errorf("at most %d events in one request", maxEvents)
	}
	events := make([]sdk.Event, len(notes))
	for n, one := range notes {
		e, err := one.event()
		if err != nil {
			return nil, fmt.Errorf("/events/%d: %w", n, err)
		}
		if e.ID = one.ID; e.ID == "" {
			if e.ID = id; len(in.Events) > 0 {
				e.ID = id + "/" + strconv.Itoa(n)
			}
		}
		events[n] = e
	}
	return events, nil
}

// event takes whom and what the data names; the rest of it are properties.
func (n note) event() (sdk.Event, error) {
	if n.Type == "" {
		return sdk.Event{}, errors.New("type is missing")
	}
	e := sdk.Event{Type: n.Type} // without its time: a request that is repeated is signed anew
	if n.Timestamp != nil {
		e.At = *n.Timestamp
	}
	data := map[string]json.RawMessage{}
	if len(n.Data) > 0 && !bytes.Equal(n.Data, []byte("null")) {
		if err := json.Unmarshal(n.Data, &data); err != nil {
			return e, errors.New("data must be an object")
		}
	}
	for name, to := range map[string]*string{"member": &e.Member, "to": &e.To, "group": &e.Group, "content": &e.Content} {
		raw, there := data[name]
		if !there {
			continue
		}
		delete(data, name)
		if err := json.Unmarshal(raw, to); err != nil {
			return e, fmt.Errorf("data.%s must be a string", name)
		}
	}
	props, err := json.Marshal(data)
	if err != nil {
		return e, fmt.Errorf("data: %w", err)
	}
	e.Props = props
	return e, nil
}
