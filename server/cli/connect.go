package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// address is a running server and the token to speak to it with.
type address struct{ server, token string }

// addressFlags lets a command be told which server to ask.
func (p *program) addressFlags(c *cobra.Command, a *address) {
	c.Flags().StringVar(&a.server, "server", "", p.say("the server's address; BYLAW_SERVER, else this machine's", "服务地址；默认取 BYLAW_SERVER，否则为本机"))
	c.Flags().StringVar(&a.token, "token-file", "", p.say("a file with the token; BYLAW_TOKEN is used without one", "存放令牌的文件；未给出时使用 BYLAW_TOKEN"))
	p.settingFlags(c.Flags(), "listen", "base-path")
}

// connect makes a client of the server that a command was told to ask.
func (p *program) connect(cmd *cobra.Command, a *address) (*client, error) {
	token := p.getenv("BYLAW_TOKEN")
	if a.token != "" {
		text, err := os.ReadFile(a.token)
		if err != nil {
			return nil, usage(fmt.Sprintf("the token cannot be read: %v", err), fmt.Sprintf("无法读取令牌：%v", err))
		}
		token = strings.TrimSpace(string(text))
	}
	if token == "" {
		return nil, usage("a token is needed: set BYLAW_TOKEN, for instance to what `bylaw token create` prints", "需要令牌：请设置 BYLAW_TOKEN，例如用 `bylaw token create` 的输出")
	}
	server := a.server
	if server == "" {
		server = p.getenv("BYLAW_SERVER")
	}
	if server == "" {
		loaded, err := p.settings(cmd)
		if err != nil {
			return nil, err
		}
		server = localURL(&loaded.Settings)
	}
	return newClient(server, token), nil
}

// get asks for one thing and reads it into v.
func (c *client) get(ctx context.Context, path string, query url.Values, v any) error {
	address := c.base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return usage(fmt.Sprintf("%s is no address of a server", c.base), fmt.Sprintf("%s 不是服务地址", c.base))
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	response, err := c.http.Do(request)
	if err != nil {
		return unreachable(c.base, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return unreachable(c.base, err)
	}
	if response.StatusCode != http.StatusOK {
		return problemOf(response, body)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("%s does not answer like Bylaw: %w", c.base, err)
	}
	return nil
}
