package sdk

// The handshake of go-plugin: the cookie only tells a person who runs a plugin
// by hand that it isn't meant for that.
const (
	CookieKey   = "BYLAW_CHANNEL_PLUGIN"
	CookieValue = "5f0c7c1c6f8e4d8b9a36d1e0b7a4c2d9"
	// ProtocolVersion is the number in the proto package's name.
	ProtocolVersion = 1
	// Name is the plugin's name in go-plugin's table.
	Name = "channel"
	// MaxMessageBytes bounds one message on the wire, both ways.
	MaxMessageBytes = 16 << 20
	// DeathPipe is the file descriptor whose end tells that the host has died.
	DeathPipe = 3
	// Version is the SDK's own.
	Version = "1.0.0"
)
