package auth

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/bylaw-dev/bylaw/engine"
)

// hashing is how much work a password's hash costs.
type hashing struct {
	memory uint32 // KiB
	passes uint32
	lanes  uint8
}

// current are the costs of new hashes. Hashes carry theirs, so that these may
// grow and old passwords still be compared.
var current = hashing{memory: 19 << 10, passes: 2, lanes: 1}

// Bounds on what a kept hash may ask for: a row that was meddled with must not
// take the server's memory.
const (
	mostMemory = 256 << 10 // KiB
	mostPasses = 16
	saltLen    = 16
	keyLen     = 32
)

// How long a password may be: characters at least, bytes at most.
const (
	MinPassword = 10
	MaxPassword = 1024
)

// Passwords makes and compares hashes of passwords with argon2id, a few at a
// time: each takes 19 MiB and a processor for tens of milliseconds. Those who
// would wait too long are refused at once. It is safe for concurrent use.
type Passwords struct {
	random io.Reader
	slots  chan struct{}
	queue  chan struct{}
}

// waitingAtMost is how many may wait for a turn, for each that is hashed.
const waitingAtMost = 32

// NewPasswords hashes with salt from random, at most atOnce at a time.
func NewPasswords(random io.Reader, atOnce int) *Passwords {
	atOnce = max(atOnce, 1)
	return &Passwords{random, make(chan struct{}, atOnce), make(chan struct{}, atOnce*(1+waitingAtMost))}
}

// Hash is a password as it is kept: "$argon2id$v=19$m=…,t=…,p=…$salt$hash". It
// waits for its turn; an error is the context's, or one of reading randomness.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLen)
	if _, err := io.ReadFull(p.random, salt); err != nil {
		return "", fmt.Errorf("read randomness: %w", err)
	}
	key, err := p.key(ctx, password, salt, current, keyLen)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, current.memory, current.passes, current.lanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), nil
}

// Verify is whether a password has the hash that Hash made. It takes the same
// time wherever they differ, and as long for nobody's hash (""), which no
// password has. An error is the context's, or of a hash that cannot be read.
func (p *Passwords) Verify(ctx context.Context, password, encoded string) (bool, error) {
	if encoded == "" {
		_, err := p.key(ctx, password, make([]byte, saltLen), current, keyLen)
		return false, err
	}
	cost, salt, want, err := parseHash(encoded)
	if err != nil {
		return false, err
	}
	got, err := p.key(ctx, password, salt, cost, uint32(len(want)))
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

func (p *Passwords) key(ctx context.Context, password string, salt []byte, cost hashing, length uint32) ([]byte, error) {
	select {
	case p.queue <- struct{}{}:
		defer func() { <-p.queue }()
	default:
		return nil, &engine.Error{Code: engine.CodeUnavailable, RetryAfter: 2 * time.Second, Message: engine.Text{
			En: "too many people sign in at this moment; try again", Zh: "当前登录人数过多，请重试"}}
	}
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
	defer func() { <-p.slots }()
	return argon2.IDKey([]byte(password), salt, cost.passes, cost.memory, cost.lanes, length), nil
}

func parseHash(encoded string) (cost hashing, salt, key []byte, err error) {
	unreadable := fmt.Errorf("the password's hash is not one of argon2id")
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost, nil, nil, unreadable
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &cost.memory, &cost.passes, &cost.lanes); err != nil ||
		cost.memory < 8 || cost.memory > mostMemory || cost.passes < 1 || cost.passes > mostPasses || cost.lanes < 1 {
		return cost, nil, nil, unreadable
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	key, keyErr := base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || len(salt) < 8 || len(key) < 16 || len(key) > 64 {
		return cost, nil, nil, unreadable
	}
	return cost, salt, key, nil
}

// CheckPassword says what is wrong with a new password; none: nothing.
func CheckPassword(password, path string) []engine.Problem {
	switch {
	case len([]rune(password)) < MinPassword:
		return []engine.Problem{{Code: "too_short", Path: path, Message: engine.Text{
			En: fmt.Sprintf("a password has at least %d characters", MinPassword), Zh: fmt.Sprintf("密码至少 %d 个字符", MinPassword)}}}
	case len(password) > MaxPassword:
		return []engine.Problem{{Code: "too_long", Path: path, Message: engine.Text{
			En: fmt.Sprintf("a password has at most %d bytes", MaxPassword), Zh: fmt.Sprintf("密码最多 %d 字节", MaxPassword)}}}
	}
	return nil
}
