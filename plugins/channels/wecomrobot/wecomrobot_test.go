package wecomrobot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/bylaw-dev/bylaw/plugins/channels/wecomrobot/robottest"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

const key = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"

func open(t *testing.T, r *robottest.Robot, config, webhook string) sdk.Instance {
	t.Helper()
	fields := map[string]any{}
	if err := json.Unmarshal([]byte(config), &fields); err != nil {
		t.Fatal(err)
	}
	fields["base_url"] = r.URL
	raw, _ := json.Marshal(fields)
	i, err := Channel().Open(t.Context(), sdk.Setup{Config: raw, Secrets: map[string]string{"webhook": webhook}, AllowPrivate: true, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func message(k, text string) sdk.Message {
	return sdk.Message{Key: k, Text: text, Target: sdk.Target{Kind: sdk.ToGroup}}
}

func TestFormats(t *testing.T) {
	r := robottest.New(t, key)
	for _, format := range []string{"text", "markdown", "markdown_v2"} {
		i := open(t, r, fmt.Sprintf(`{"format":%q,"mention":["@all"]}`, format), r.Webhook(key))
		m := message("k", "line")
		m.Title = "Title"
		if got := i.Send(t.Context(), m); got.Outcome != sdk.Delivered {
			t.Fatalf("%s: %+v", format, got)
		}
	}
	posts := r.Posts()
	if len(posts) != 3 || posts[0].Content != "Title\nline" || posts[1].Content != "**Title**\nline" || posts[2].Type != "markdown_v2" {
		t.Fatalf("%+v", posts)
	}
	if len(posts[0].Mention) != 1 || len(posts[1].Mention) != 0 {
		t.Fatalf("%+v", posts)
	}
}

func TestLongTextsAreSplitByBytesAndNeverInsideACharacter(t *testing.T) {
	r := robottest.New(t, key)
	i := open(t, r, `{"mention":["@all"]}`, key)
	long := strings.Repeat("群规很长，", 700) // 3 bytes a character, no line to cut at
	if got := i.Send(t.Context(), message("k", long)); got.Outcome != sdk.Delivered {
		t.Fatalf("%+v", got)
	}
	all := ""
	for n, p := range r.Posts() {
		if len(p.Content) > textBytes || !utf8.ValidString(p.Content) || (len(p.Mention) > 0) != (n == 0) {
			t.Fatalf("part %d: %d bytes, mention %v", n, len(p.Content), p.Mention)
		}
		all += p.Content
	}
	if all != long || len(r.Posts()) != 6 {
		t.Fatalf("%d of %d bytes in %d parts", len(all), len(long), len(r.Posts()))
	}
	if got := i.Send(t.Context(), message("k2", strings.Repeat("x", textBytes*maxParts+1))); got.Outcome != sdk.Permanent {
		t.Fatalf("%+v", got)
	}
	refuse := open(t, r, `{"too_long":"refuse"}`, key)
	if got := refuse.Send(t.Context(), message("k3", long)); got.Outcome != sdk.Permanent || !strings.Contains(got.Detail, "2048") {
		t.Fatalf("%+v", got)
	}
}

func TestARetryGoesOnWithThePartThatFailed(t *testing.T) {
	r := robottest.New(t, key)
	i := open(t, r, `{}`, key)
	long := strings.Repeat(strings.Repeat("a", 1500)+"\n", 3)
	r.Fail(robottest.Fault{}, robottest.Fault{Code: -1})
	if got := i.Send(t.Context(), message("k", long)); got.Outcome != sdk.Retryable {
		t.Fatalf("%+v", got)
	}
	if got := i.Send(t.Context(), message("k", long)); got.Outcome != sdk.Delivered || len(r.Posts()) != 3 {
		t.Fatalf("%+v, %d posts", got, len(r.Posts()))
	}
}

func TestTwentyAMinute(t *testing.T) {
	r := robottest.New(t, key)
	now := time.Unix(1700000000, 0)
	r.Now = func() time.Time { return now }
	i := open(t, r, `{}`, key)
	for n := range 21 {
		got := i.Send(t.Context(), message(fmt.Sprint(n), "x"))
		if n < 20 && got.Outcome != sdk.Delivered {
			t.Fatalf("%d: %+v", n, got)
		}
		if n == 20 && (got.Outcome != sdk.RateLimited || got.Code != "45009" || got.RetryAfter != time.Minute) {
			t.Fatalf("%+v", got)
		}
	}
	now = now.Add(time.Minute)
	if got := i.Send(t.Context(), message("20", "x")); got.Outcome != sdk.Delivered {
		t.Fatalf("%+v", got)
	}
}

func TestWhatWeComSays(t *testing.T) {
	cases := []struct {
		fault robottest.Fault
		want  sdk.Outcome
	}{
		{robottest.Fault{Code: 93000}, sdk.AuthFailed}, {robottest.Fault{Code: 93004}, sdk.AuthFailed},
		{robottest.Fault{Code: 93008}, sdk.Gone}, {robottest.Fault{Code: 40058}, sdk.Permanent},
		{robottest.Fault{Code: 44004}, sdk.Permanent}, {robottest.Fault{Code: 45002}, sdk.Permanent},
		{robottest.Fault{Code: 45009}, sdk.RateLimited}, {robottest.Fault{Code: -1}, sdk.Retryable},
		{robottest.Fault{Code: 60011}, sdk.Retryable}, {robottest.Fault{Status: 502}, sdk.Retryable},
		{robottest.Fault{Body: "<html>ok</html>"}, sdk.Unknown}, {robottest.Fault{Body: "{}"}, sdk.Unknown},
		{robottest.Fault{Cut: "after"}, sdk.Unknown},
	}
	r := robottest.New(t, key)
	i := open(t, r, `{}`, key)
	for n, c := range cases {
		r.Fail(c.fault)
		got := i.Send(t.Context(), message(fmt.Sprint(n), "x"))
		if got.Outcome != c.want || strings.Contains(got.Detail, key) {
			t.Errorf("%+v: %+v", c.fault, got)
		}
	}
	if len(r.Posts()) != 0 {
		t.Fatal("something was posted")
	}
	wrong := open(t, r, `{}`, "another-key")
	if got := wrong.Send(t.Context(), message("w", "x")); got.Outcome != sdk.AuthFailed {
		t.Fatalf("%+v", got)
	}
	person := message("p", "x")
	person.Target.Kind = sdk.ToMember
	if got := i.Send(t.Context(), person); got.Outcome != sdk.Unsupported {
		t.Fatalf("%+v", got)
	}
	if got := i.Send(t.Context(), message("e", " \n")); got.Outcome != sdk.Permanent {
		t.Fatalf("%+v", got)
	}
}

func TestRobotKey(t *testing.T) {
	for in, want := range map[string]string{
		key: key, " " + key + "\n": key, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=" + key: key,
		"https://qyapi.weixin.qq.com/cgi-bin/webhook/send": "", "key=" + key: "", "a b": "", "": "",
	} {
		if got := robotKey(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}
