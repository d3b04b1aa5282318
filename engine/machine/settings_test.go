package machine_test

import (
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// TestSettingsAreWhole: who saved settings without quiet hours and caps has none,
// and who saved none has the defaults.
func TestSettingsAreWhole(t *testing.T) {
	for name, c := range map[string]struct {
		list []engine.Definition
		want engine.Settings
	}{
		"none saved":        {nil, machine.DefaultSettings},
		"deleted":           {[]engine.Definition{{Kind: engine.DefineSettings, Key: "workspace", Revision: 2}}, machine.DefaultSettings},
		"without any hours": {settings(`{"zone":"UTC","currency":"EUR","lang":"en"}`), engine.Settings{Zone: "UTC", Currency: "EUR", Lang: "en"}},
		"one cap":           {settings(`{"zone":"UTC","currency":"EUR","lang":"en","cap_week":2}`), engine.Settings{Zone: "UTC", Currency: "EUR", Lang: "en", CapWeek: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := machine.ParseDefinitions(1, c.list)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := d.Settings, c.want; got.QuietFrom != want.QuietFrom || got.QuietTo != want.QuietTo || got.Zone != want.Zone ||
				got.CapDay != want.CapDay || got.CapWeek != want.CapWeek || got.PromoShare != want.PromoShare {
				t.Errorf("%+v, not %+v", got, want)
			}
		})
	}
}

func settings(body string) []engine.Definition {
	return []engine.Definition{{Kind: engine.DefineSettings, Key: "workspace", Revision: 1, Body: []byte(body)}}
}
