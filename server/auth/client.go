package auth

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// Client is the device that somebody signs in from, as far as it tells.
type Client struct {
	IP        string
	UserAgent string
	Device    string // the cookie by which a device is known again, "" for none
}

// Network is the part of the address that is kept of a session: not enough to
// name a household.
func (c Client) Network() string { return prefixOf(c.IP, 24, 48) }

// place is the part of the address by which attempts are counted: what one
// subscriber commonly has.
func (c Client) place() string { return prefixOf(c.IP, 32, 64) }

func prefixOf(ip string, v4, v6 int) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	a = a.Unmap().WithZone("")
	bits := v6
	if a.Is4() {
		bits = v4
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

// maxUserAgent bounds what is kept of what a browser says of itself.
const maxUserAgent = 512

// cleanUserAgent is a browser's name for itself that can be kept and shown.
func cleanUserAgent(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	for len(text) > maxUserAgent {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

// names are what is looked for in a user agent, in this order, and what people
// call it.
type names [][2]string

var (
	browsers = names{{"MicroMessenger/", "WeChat"}, {"DingTalk/", "DingTalk"}, {"Lark/", "Lark"}, {"Edg", "Edge"}, {"OPR/", "Opera"}, {"QQBrowser/", "QQ Browser"},
		{"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}}
	systems = names{{"Windows", "Windows"}, {"Android", "Android"}, {"OpenHarmony", "HarmonyOS"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}}
)

func (n names) in(text string) string {
	for _, one := range n {
		if strings.Contains(text, one[0]) {
			return one[1]
		}
	}
	return ""
}

// DeviceName is what people would call a device, such as "Firefox · Windows";
// "" when its user agent does not tell.
func DeviceName(userAgent string) string {
	browser, system := browsers.in(userAgent), systems.in(userAgent)
	switch {
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return browser + " · " + system
}
