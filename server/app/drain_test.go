package app

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// half sends a request for one event but for the last byte of its body.
func half(t *testing.T, address, token string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	body := `{"events":[{"id":"slow","type":"message.sent","member":{"channel":"c","external_id":"x"}}]}`
	_, err = fmt.Fprintf(conn, "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", token, len(body))
	if err != nil {
		t.Fatal(err)
	}
	// The server asks for the body once the request is in its hands.
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := conn.Write([]byte(body[:len(body)-1])); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestRequestsUnderWayAreAnsweredBeforeTheServerEnds(t *testing.T) {
	a := begin(t, settings(t, map[string]string{"drain-timeout": "20s"}))
	conn := half(t, a.Addr(), ownerToken(t, a))
	stopped := make(chan error, 1)
	go func() { stopped <- a.Stop(t.Context()) }()
	eventually(t, "nobody new is let in", func() bool {
		c, err := net.Dial("tcp", a.Addr())
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	if _, err := conn.Write([]byte("}")); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	if blank, err := reader.Peek(2); err == nil && string(blank) == "\r\n" {
		_, _ = reader.Discard(2) // ends the 100 Continue
	}
	response, err := http.ReadResponse(reader, nil)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", response, err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestASecondSignalEndsTheServerAtOnce(t *testing.T) {
	env := []string{"BYLAW_DATA_DIR=" + t.TempDir(), "BYLAW_DRAIN_TIMEOUT=10m"}
	p := launch(t, env...)
	half(t, strings.TrimSuffix(strings.TrimPrefix(p.url, "http://"), "/"), tool(t, env, "token", "create"))
	for range 2 {
		if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it says that it stops", func() bool { return strings.Contains(p.log.String(), "once more to stop at once") })
	}
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		t.Fatal("it waits for the request all the same")
	}
}
