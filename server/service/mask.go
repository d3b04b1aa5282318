package service

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// phoneLike is an external id that can be dialled.
var phoneLike = regexp.MustCompile(`^\+?[0-9][0-9 ()-]{8,18}[0-9]$`)

// Masked is an identity as it is shown to who may not see personal fields: an
// address that is a phone number or an e-mail address keeps its ends.
func (c Caller) Masked(i engine.Identity) engine.Identity {
	name, host, mail := strings.Cut(i.ExternalID, "@")
	switch {
	case c.Personal:
	case mail && strings.Contains(host, "."):
		i.ExternalID = ends(name, 1, 0) + "@" + host
	case phoneLike.MatchString(i.ExternalID):
		i.ExternalID = ends(i.ExternalID, 3, 2)
	}
	return i
}

// MaskedIn is JSON, such as what a job found, with every identity in it as the
// caller may see it. What is no JSON is hidden whole.
func (c Caller) MaskedIn(body json.RawMessage) json.RawMessage {
	if c.Personal || len(body) == 0 {
		return body
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // numbers stay as they are written
	var v any
	if err := d.Decode(&v); err != nil {
		return nil
	}
	c.mask(v)
	out, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return out
}

// mask goes through what JSON was read to.
func (c Caller) mask(v any) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			c.mask(one)
		}
	case map[string]any:
		channel, is := v["channel"].(string)
		if id, has := v["external_id"].(string); is && has {
			v["external_id"] = c.Masked(engine.Identity{Channel: channel, ExternalID: id}).ExternalID
		}
		for _, one := range v {
			c.mask(one)
		}
	}
}

// ends hides all of a text but its first and last characters.
func ends(text string, first, last int) string {
	r := []rune(text)
	if len(r) <= first+last {
		return "***"
	}
	return string(r[:first]) + "***" + string(r[len(r)-last:])
}

// MarshalJSON writes a member as the caller may see them.
func (m *Member) MarshalJSON() ([]byte, error) {
	type plain Member
	shown := plain(*m)
	shown.Identities = make([]engine.Identity, len(m.Identities))
	for i, id := range m.Identities {
		shown.Identities[i] = m.who.Masked(id)
	}
	return json.Marshal(&shown)
}
