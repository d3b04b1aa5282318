package auth

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"
)

func TestDevicesAreKnownAgain(t *testing.T) {
	d := NewDevices([]byte("key"), rand.Reader)
	cookie, err := d.remember("w", "an", morning)
	if err != nil {
		t.Fatal(err)
	}
	name := d.known(cookie, "w", "an", morning.Add(DeviceLasts-time.Second))
	if name == "" {
		t.Fatal("it is not known")
	}
	other, _ := d.remember("w", "an", morning)
	if d.known(other, "w", "an", morning) == name {
		t.Error("two devices have one name")
	}
	foreign, _ := NewDevices([]byte("another key"), rand.Reader).remember("w", "an", morning)
	for what, got := range map[string]string{
		"another login": d.known(cookie, "w", "bo", morning), "another workspace": d.known(cookie, "v", "an", morning), "login and workspace shifted": d.known(cookie, "wa", "n", morning),
		"too late": d.known(cookie, "w", "an", morning.Add(DeviceLasts)), "another key": d.known(foreign, "w", "an", morning), "nothing": d.known("", "w", "an", morning), "cut": d.known(cookie[1:], "w", "an", morning),
	} {
		if got != "" {
			t.Errorf("%s is known", what)
		}
	}
	for i := range cookie { // any changed letter is told, but for the bits that the last one has no use for
		changed := []byte(cookie)
		if changed[i] = 'A'; cookie[i] == 'A' {
			changed[i] = 'Q'
		}
		if d.known(string(changed), "w", "an", morning) != "" {
			t.Errorf("letter %d may be changed", i)
		}
	}
}

func TestClients(t *testing.T) {
	for ip, want := range map[string]string{"203.0.113.9": "203.0.113.0/24 203.0.113.9/32", "::ffff:203.0.113.9": "203.0.113.0/24 203.0.113.9/32",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1::/48 2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/48 fe80::/64", "": " ", "x": " "} {
		c := Client{IP: ip}
		if got := c.Network() + " " + c.place(); got != want {
			t.Errorf("%s: %s", ip, got)
		}
	}
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/17 Safari/605":         "Safari · macOS",
		"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537 Chrome/126 Mobile Safari/537 MicroMessenger/8": "WeChat · Android",
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0":                                       "Firefox · Linux", "curl/8": "curl", "(Windows)": "Windows", "": "",
	} {
		if got := DeviceName(agent); got != want {
			t.Errorf("%s: %s", agent, got)
		}
	}
	if got := cleanUserAgent("a\x00b\n\xff" + strings.Repeat("群", 300)); !strings.HasPrefix(got, "ab群") || len(got) > maxUserAgent || !strings.HasSuffix(got, "群") {
		t.Errorf("%q", got)
	}
}
