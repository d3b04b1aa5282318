package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// eventReader reads events one by one from JSON or NDJSON of any size: single
// objects, lists of them, and {"events": [...]}, one after the other.
type eventReader struct {
	in      *bufio.Reader
	decoder *json.Decoder
	pending []json.RawMessage // of an object that held several
	inList  bool
	held    []byte // read, and for the next batch
	number  int
}

// maxBatchBytes keeps a request below what the API takes.
const maxBatchBytes = 6 << 20

func newEventReader(in io.Reader) *eventReader {
	b := bufio.NewReader(in)
	if mark, err := b.Peek(3); err == nil && bytes.Equal(mark, []byte("\ufeff")) {
		_, _ = b.Discard(3) // it was just seen
	}
	return &eventReader{in: b, decoder: json.NewDecoder(b)}
}

// read is how many bytes were used so far.
func (r *eventReader) read() int64 { return r.decoder.InputOffset() }

// next gives up to most events, fewer when they are large; io.EOF at the end,
// with the last ones.
func (r *eventReader) next(most int) (batch [][]byte, err error) {
	size := 0
	for len(batch) < most {
		event := r.held
		r.held = nil
		if event == nil {
			if event, err = r.one(); err != nil {
				return batch, err
			}
		}
		if size += len(event); size > maxBatchBytes && len(batch) > 0 {
			r.held = event
			return batch, nil
		}
		batch = append(batch, event)
	}
	return batch, nil
}

// one gives the next event.
func (r *eventReader) one() ([]byte, error) {
	for {
		if len(r.pending) > 0 {
			event := r.pending[0]
			r.pending = r.pending[1:]
			return r.event(event)
		}
		if r.inList {
			if r.decoder.More() {
				return r.value()
			}
			if _, err := r.decoder.Token(); err != nil {
				return nil, r.wrong(err)
			}
			r.inList = false
		}
		list, err := r.startsList()
		if err != nil {
			return nil, err
		}
		if list {
			continue
		}
		event, err := r.value()
		if err != nil || event != nil {
			return event, err
		}
	}
}

// startsList enters a list when one begins.
func (r *eventReader) startsList() (bool, error) {
	c, err := r.peek()
	if err != nil || c != '[' {
		return false, err
	}
	if _, err := r.decoder.Token(); err != nil {
		return false, r.wrong(err)
	}
	r.inList = true
	return true, nil
}

// peek looks at the next character that is no space, in what the decoder holds
// or has not read yet.
func (r *eventReader) peek() (byte, error) {
	held, err := io.ReadAll(r.decoder.Buffered())
	if err != nil {
		return 0, err
	}
	if rest := bytes.TrimLeft(held, " \t\r\n"); len(rest) > 0 {
		return rest[0], nil
	}
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			return 0, err
		}
		if c == ' ' || c == '\t' || c == '\r' || c == '\n' {
			continue
		}
		return c, r.in.UnreadByte()
	}
}

// value reads one value. nil: it was an object that holds events, now pending.
func (r *eventReader) value() ([]byte, error) {
	var raw json.RawMessage
	if err := r.decoder.Decode(&raw); err != nil {
		return nil, r.wrong(err)
	}
	if r.inList {
		return r.event(raw)
	}
	var envelope map[string]json.RawMessage
	if json.Unmarshal(raw, &envelope) == nil && envelope["events"] != nil && envelope["type"] == nil {
		if err := json.Unmarshal(envelope["events"], &r.pending); err != nil {
			return nil, r.wrong(errors.New(`"events" must be a list`))
		}
		return nil, nil
	}
	return r.event(raw)
}

// event makes one line of an event.
func (r *eventReader) event(raw json.RawMessage) ([]byte, error) {
	r.number++
	if len(raw) == 0 || raw[0] != '{' {
		return nil, r.wrong(errors.New("an event is a JSON object"))
	}
	var line bytes.Buffer
	if err := json.Compact(&line, raw); err != nil {
		return nil, r.wrong(err)
	}
	return line.Bytes(), nil
}

// wrong says where reading ended; io.EOF stays itself.
func (r *eventReader) wrong(err error) error {
	if errors.Is(err, io.EOF) && r.number == 0 && !r.inList {
		return err
	}
	if errors.Is(err, io.EOF) && !r.inList {
		return io.EOF
	}
	return usage(fmt.Sprintf("event %d cannot be read: %v", r.number+1, err), fmt.Sprintf("第 %d 个事件无法读取：%v", r.number+1, err))
}
