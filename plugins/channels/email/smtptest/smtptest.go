// Package smtptest is an SMTP server to test against: real STARTTLS with its own
// certificate authority, AUTH, and replies by script.
package smtptest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/mail"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Server is the fake.
type Server struct {
	Host string
	Port int
	CA   string // PEM

	// User and Password are asked for when User is set.
	User, Password string

	mu       sync.Mutex
	mails    []Mail
	sessions int
	rcpt     map[string][]*smtp.SMTPError
	data     []Fault
}

// Mail is one message that was accepted.
type Mail struct {
	From, To string
	Header   mail.Header
	Body     string
}

// Fault is what happens at the end of the next message.
type Fault struct {
	Reply *smtp.SMTPError
	// Cut closes the connection after the whole message came, without a reply;
	// the message is kept all the same.
	Cut bool
}

// Reply makes a scripted reply.
func Reply(code int, class, subject, detail int) *smtp.SMTPError {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{class, subject, detail}, Message: "scripted"}
}

// New starts a server. With implicit it speaks TLS from the first byte, else it
// offers STARTTLS.
func New(t testing.TB, implicit bool) *Server {
	t.Helper()
	s := &Server{Host: "127.0.0.1", rcpt: map[string][]*smtp.SMTPError{}}
	cert, ca := certificate(t)
	s.CA = ca
	server := smtp.NewServer(s)
	server.Domain = "mx.test"
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
	server.ErrorLog = quiet{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Port = listener.Addr().(*net.TCPAddr).Port
	if implicit {
		listener = tls.NewListener(listener, server.TLSConfig)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return s
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// RefuseNext scripts the next RCPT replies of one receiver.
func (s *Server) RefuseNext(to string, replies ...*smtp.SMTPError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rcpt[to] = append(s.rcpt[to], replies...)
}

// Fail scripts the ends of the next messages.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data = append(s.data, faults...)
}

// Mails are the accepted messages.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail{}, s.mails...)
}

// Sessions counts the connections.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

// NewSession implements smtp.Backend.
func (s *Server) NewSession(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions++
	return &session{server: s, conn: c}, nil
}

type session struct {
	server   *Server
	conn     *smtp.Conn
	signedIn bool
	from, to string
}

func (s *session) AuthMechanisms() []string {
	if s.server.User == "" {
		return nil
	}
	return []string{sasl.Plain, sasl.Login}
}

func (s *session) Auth(mechanism string) (sasl.Server, error) {
	check := func(_, user, password string) error {
		if user != s.server.User || password != s.server.Password {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "authentication failed"}
		}
		s.signedIn = true
		return nil
	}
	if mechanism == sasl.Plain {
		return sasl.NewPlainServer(check), nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.User != "" && !s.signedIn {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "sign in first"}
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if replies := s.server.rcpt[to]; len(replies) > 0 {
		s.server.rcpt[to] = replies[1:]
		return replies[0]
	}
	s.to = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: err.Error()}
	}
	body, _ := io.ReadAll(parsed.Body)
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	var fault Fault
	if len(s.server.data) > 0 {
		fault, s.server.data = s.server.data[0], s.server.data[1:]
	}
	if fault.Reply != nil {
		return fault.Reply
	}
	s.server.mails = append(s.server.mails, Mail{s.from, s.to, parsed.Header, string(body)})
	if fault.Cut {
		_ = s.conn.Conn().Close()
		return errors.New("cut")
	}
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// Address is host:port.
func (s *Server) Address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// certificate makes one for 127.0.0.1 that is its own authority.
func certificate(t testing.TB) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "smtptest"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(ca)
}
