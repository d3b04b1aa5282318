package config

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

func wrong(en, zh string) *Text { return &Text{En: en, Zh: zh} }

func checkListen(v string) *Text {
	host, port, err := net.SplitHostPort(v)
	if n, portErr := strconv.Atoi(port); err != nil || portErr != nil || n < 0 || n > 65535 || strings.ContainsAny(host, " /") {
		return wrong("write an address and a port, such as 127.0.0.1:8080", "请写地址与端口，如 127.0.0.1:8080")
	}
	return nil
}

func checkOptionalListen(v string) *Text {
	if v == "" {
		return nil
	}
	return checkListen(v)
}

func checkFilled(v string) *Text {
	if strings.TrimSpace(v) == "" {
		return wrong("it must not be empty", "不能为空")
	}
	return nil
}

func checkDatabase(v string) *Text {
	if v == "" || strings.HasPrefix(v, "sqlite:") || strings.HasPrefix(v, "mysql://") {
		return nil
	}
	return wrong("it begins with sqlite: or mysql://", "应以 sqlite: 或 mysql:// 开头")
}

func checkBasePath(v string) *Text {
	if v == "" || v == "/" {
		return nil
	}
	if !strings.HasPrefix(v, "/") || strings.HasSuffix(v, "/") || strings.ContainsAny(v, "?#% \\") || strings.Contains(v, "//") || strings.Contains(v, "..") {
		return wrong("write a path such as /bylaw: it begins with / and does not end with one", "请写 /bylaw 这样的路径：以 / 开头，不以 / 结尾")
	}
	return nil
}

func checkPublicURL(v string) *Text {
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return wrong("write an address such as https://bylaw.example.com", "请写地址，如 https://bylaw.example.com")
	}
	return nil
}

func checkNetworks(v string) *Text {
	for _, one := range splitList(v) {
		if _, err := parseNetwork(one); err != nil {
			return wrong(fmt.Sprintf("%q is neither an address nor a network such as 10.0.0.0/8", one), fmt.Sprintf("%q 既不是地址也不是 10.0.0.0/8 这样的网段", one))
		}
	}
	return nil
}

// parseNetwork reads a network, or an address as a network of one.
func parseNetwork(v string) (netip.Prefix, error) {
	if strings.Contains(v, "/") {
		return netip.ParsePrefix(v)
	}
	a, err := netip.ParseAddr(v)
	if err != nil {
		return netip.Prefix{}, err
	}
	return a.Prefix(a.BitLen())
}

func oneOf(words ...string) func(string) *Text {
	return func(v string) *Text {
		if slices.Contains(words, v) {
			return nil
		}
		all := strings.Join(words, ", ")
		return wrong("it is one of "+all, "可选值："+all)
	}
}

func checkSecretKey(v string) *Text {
	if _, err := DecodeKey(v); v == "" || err == nil {
		return nil
	}
	return wrong("it is 32 bytes as 64 hexadecimal digits or base64; make one with: openssl rand -hex 32",
		"应为 32 字节（64 位十六进制或 base64），可用 openssl rand -hex 32 生成")
}

// KeyBytes is the length of the secret key.
const KeyBytes = 32

// DecodeKey reads a secret key of KeyBytes bytes from hexadecimal digits or base64.
func DecodeKey(v string) ([]byte, error) {
	v = strings.TrimSpace(v)
	if key, err := hex.DecodeString(v); err == nil && len(key) == KeyBytes {
		return key, nil
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if key, err := encoding.DecodeString(v); err == nil && len(key) == KeyBytes {
			return key, nil
		}
	}
	return nil, fmt.Errorf("the secret key must be %d bytes, as 64 hexadecimal digits or base64", KeyBytes)
}

func checkCount(v string) *Text {
	if strings.HasPrefix(v, "-") {
		return wrong("it must not be negative", "不能为负数")
	}
	return nil
}

func checkPositive(v string) *Text {
	if n, err := strconv.Atoi(v); err == nil && n < 1 {
		return wrong("it must be at least 1", "至少为 1")
	}
	return nil
}

func checkDrain(v string) *Text {
	if d, err := time.ParseDuration(v); err == nil && (d < 0 || d > 10*time.Minute) {
		return wrong("it is between 0s and 10m", "应在 0s 与 10m 之间")
	}
	return nil
}

func checkPatience(v string) *Text {
	if d, err := time.ParseDuration(v); err == nil && (d < 0 || d > time.Minute) {
		return wrong("it is between 0s and 1m", "应在 0s 与 1m 之间")
	}
	return nil
}
