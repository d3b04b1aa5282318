package service

import (
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
