package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"
)

// Senders is how many clients have a batch in flight at once, so that one is
// read while another commits. The raw side has as many connections.
const Senders = 4

// Batches posts bodies of a thousand events each and makes sure that all are
// accepted. Senders work side by side, each a thread of its own with a plain
// connection, so that what sending costs can be told from what serving does.
// sender is their processor time.
func (c *Client) Batches(ctx context.Context, bodies [][]byte) (sender time.Duration, err error) {
	var next, used atomic.Int64
	var wg sync.WaitGroup
	failed := make(chan error, Senders)
	for range Senders {
		wg.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			began := threadCPU()
			pprof.Do(ctx, pprof.Labels("sender", "batches"), func(ctx context.Context) {
				failed <- c.some(ctx, bodies, &next)
			})
			used.Add(int64(threadCPU() - began))
		})
	}
	wg.Wait()
	close(failed)
	for e := range failed {
		if err == nil {
			err = e
		}
	}
	return time.Duration(used.Load()), err
}

// some posts bodies until none is left.
func (c *Client) some(ctx context.Context, bodies [][]byte, next *atomic.Int64) error {
	to, err := url.Parse(c.Base)
	if err != nil {
		return fmt.Errorf("server address: %w", err)
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", to.Host)
	if err != nil {
		return err
	}
	defer conn.Close()
	answers := bufio.NewReaderSize(conn, 64<<10)
	for {
		i := int(next.Add(1)) - 1
		if i >= len(bodies) {
			return nil
		}
		head := fmt.Sprintf("POST %s/api/v1/events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
			to.Path, to.Host, c.Token, len(bodies[i]))
		if _, err := conn.Write(append([]byte(head), bodies[i]...)); err != nil {
			return err
		}
		if err := accepted(answers); err != nil {
			return err
		}
	}
}

// accepted reads an answer that must say that a thousand events are in.
func accepted(answers *bufio.Reader) error {
	resp, err := http.ReadResponse(answers, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if n := bytes.Count(body, []byte(`"status":"accepted"`)); n != 1000 {
		return fmt.Errorf("%s: %d of 1000 events accepted: %.400s", resp.Status, n, body)
	}
	return nil
}
