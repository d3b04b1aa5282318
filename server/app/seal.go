package app

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/config"
)

// keyFile is where a secret key that nobody gave is kept in the data folder.
const keyFile = "secret.key"

// SecretKey gives the server's secret key: the setting's, or that of the data
// folder, which is made when there is none. It is needed again to read what was
// encrypted with it.
func SecretKey(s *config.Settings) ([]byte, error) {
	if s.SecretKey != "" {
		return config.DecodeKey(s.SecretKey)
	}
	path := filepath.Join(s.DataDir, keyFile)
	key, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := writeKey(path); err != nil {
		return nil, fmt.Errorf("make the secret key: %w", err)
	}
	return readKey(path)
}

func readKey(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the secret key: %w", err)
	}
	if private := info.Mode().Perm()&0o077 == 0; !private && os.PathSeparator == '/' {
		return nil, invalidSetting(
			fmt.Sprintf("%s can be read by others (%s): chmod 600 %s", path, info.Mode().Perm(), path),
			fmt.Sprintf("%s 可被其他用户读取（%s），请执行 chmod 600 %s", path, info.Mode().Perm(), path))
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the secret key: %w", err)
	}
	key, err := config.DecodeKey(string(text))
	if err != nil {
		return nil, invalidSetting(
			fmt.Sprintf("%s is damaged: %v; restore it from a backup, channels' secrets cannot be read without it", path, err),
			fmt.Sprintf("%s 已损坏：请从备份恢复，否则无法读取渠道密钥", path))
	}
	return key, nil
}

// writeKey makes a key. Of several processes that start at once one wins, and
// none sees half a key: the file gets its name when it is whole.
func writeKey(path string) error {
	key := make([]byte, config.KeyBytes)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), keyFile+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(hex.EncodeToString(key) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// sealer encrypts what must not be readable in the database or its backups.
type sealer struct {
	aead cipher.AEAD
	id   [4]byte // of the key, so that a wrong one is recognised
}

const (
	sealVersion = 1
	sealHeader  = 1 + 4 // version, key id
)

// openSealer makes the sealer of the server's secret key.
func openSealer(s *config.Settings) (*sealer, error) {
	key, err := SecretKey(s)
	if err != nil {
		return nil, err
	}
	return newSealer(key)
}

func newSealer(key []byte) (*sealer, error) {
	derived, err := hkdf.Key(sha256.New, key, nil, "bylaw: secrets of channels", config.KeyBytes)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	s := &sealer{aead: aead}
	sum := sha256.Sum256(append([]byte("bylaw: key id"), key...))
	copy(s.id[:], sum[:])
	return s, nil
}

// Seal encrypts a text. place is where it is kept, workspace and all: it cannot
// be opened anywhere else.
func (s *sealer) Seal(place, text string) ([]byte, error) {
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	out := append([]byte{sealVersion}, s.id[:]...)
	out = append(out, nonce...)
	return s.aead.Seal(out, nonce, []byte(text), s.bound(out[:sealHeader], place)), nil
}

// Open decrypts what Seal made for the same place.
func (s *sealer) Open(place string, sealed []byte) (string, error) {
	if len(sealed) < sealHeader+s.aead.NonceSize() || sealed[0] != sealVersion {
		return "", errors.New("decrypt: this was not made by this program")
	}
	if [4]byte(sealed[1:sealHeader]) != s.id {
		return "", &engine.Error{Code: engine.CodeInternal, Message: engine.Text{
			En: "the secret was encrypted with another key: bring back the old secret-key, or set the channel's secrets again",
			Zh: "该密钥由另一把主密钥加密：请恢复原来的 secret-key，或重新设置渠道密钥"}}
	}
	nonce, rest := sealed[sealHeader:sealHeader+s.aead.NonceSize()], sealed[sealHeader+s.aead.NonceSize():]
	text, err := s.aead.Open(nil, nonce, rest, s.bound(sealed[:sealHeader], place))
	if err != nil {
		return "", errors.New("decrypt: the secret was changed or moved")
	}
	return string(text), nil
}

func (s *sealer) bound(header []byte, place string) []byte {
	return append(append([]byte{}, header...), place...)
}

// invalidSetting is an error about how the server is set up.
func invalidSetting(en, zh string) error {
	return &engine.Error{Code: engine.CodeInvalid, Message: engine.Text{En: en, Zh: zh}}
}
