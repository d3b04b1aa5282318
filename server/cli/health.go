package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/config"
)

// healthcheck asks the server on this machine whether it is ready; containers
// without a shell and curl use it.
func (p *program) healthcheck() *cobra.Command {
	c := &cobra.Command{
		Use: "healthcheck", Short: p.say("Ask the running server whether it is ready", "检查运行中的服务是否就绪"), Args: p.args(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, err := p.settings(cmd)
			if err != nil {
				return err
			}
			return ready(cmd.Context(), localURL(&loaded.Settings)+"/readyz")
		},
	}
	p.settingFlags(c.Flags(), "listen", "base-path")
	return c
}

// localURL is where a server on this machine answers, whatever its public address.
func localURL(s *config.Settings) string {
	local := *s
	local.PublicURL = ""
	return local.Origin()
}

func ready(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return unreachable(url, err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(response.Body, 2000)) // only to say more
	return unreachable(url, fmt.Errorf("%s: %s", response.Status, strings.TrimSpace(string(body))))
}

func unreachable(url string, err error) error {
	return &engine.Error{Code: engine.CodeUnavailable, Err: err, Message: engine.Text{
		En: "the server at " + url + " is not ready", Zh: url + " 的服务尚未就绪"}}
}
