package config

// Table lists every setting there is, in the order in which help shows them.
var Table = []Setting{
	{Name: "listen", Kind: String, Default: "127.0.0.1:8080", check: checkListen, About: Text{
		En: "address of console and API, as host:port",
		Zh: "控制台与 API 的监听地址，写作 主机:端口"}},
	{Name: "data-dir", Kind: String, Default: "bylaw-data", check: checkFilled, About: Text{
		En: "folder of the database, the secret key and the plugins",
		Zh: "数据目录：数据库、密钥与插件"}},
	{Name: "database", Kind: String, check: checkDatabase, About: Text{
		En: "sqlite:path or mysql://user:password@host:3306/name; empty is sqlite:<data-dir>/bylaw.db",
		Zh: "sqlite:路径 或 mysql://用户:密码@主机:3306/库名；留空为 sqlite:<data-dir>/bylaw.db"}},
	{Name: "base-path", Kind: String, check: checkBasePath, About: Text{
		En: "path under which everything is served, such as /bylaw; empty is the root",
		Zh: "对外路径前缀，如 /bylaw；留空为根路径"}},
	{Name: "public-url", Kind: String, check: checkPublicURL, About: Text{
		En: "address by which people reach the server, such as https://bylaw.example.com; used in links",
		Zh: "用户访问的地址，如 https://bylaw.example.com；用于生成链接"}},
	{Name: "trusted-proxies", Kind: List, check: checkNetworks, About: Text{
		En: "addresses or networks of proxies whose X-Forwarded-* headers are believed",
		Zh: "可信代理的地址或网段，仅采信其 X-Forwarded-* 头"}},
	{Name: "insecure-http", Kind: Bool, Default: "false", About: Text{
		En: "serve plain http beyond loopback: only behind a proxy that speaks https",
		Zh: "允许在本机以外使用明文 http：仅限前面有 https 代理时"}},
	{Name: "allow-private-addresses", Kind: Bool, Default: "false", About: Text{
		En: "let channels send to private and loopback addresses",
		Zh: "允许渠道访问内网与本机地址"}},
	{Name: "metrics-listen", Kind: String, check: checkOptionalListen, About: Text{
		En: "address of a listener for /metrics alone; empty: only on the API, with a token of the server's owner",
		Zh: "单独提供 /metrics 的监听地址；留空则只能经 API 用服务器所有者的令牌访问"}},
	{Name: "log-level", Kind: String, Default: "info", check: oneOf("debug", "info", "warn", "error"), About: Text{
		En: "debug, info, warn or error",
		Zh: "日志级别：debug、info、warn 或 error"}},
	{Name: "log-format", Kind: String, Default: "text", check: oneOf("text", "json"), About: Text{
		En: "text or json",
		Zh: "日志格式：text 或 json"}},
	{Name: "secret-key", Kind: String, Secret: true, check: checkSecretKey, About: Text{
		En: "32 bytes as 64 hexadecimal digits or base64, with which channels' secrets are encrypted; without it one is made in <data-dir>/secret.key",
		Zh: "加密渠道密钥用的 32 字节（64 位十六进制或 base64）；未设置时自动生成于 <data-dir>/secret.key"}},
	{Name: "demo", Kind: Bool, Default: "false", About: Text{
		En: "serve a sample community from a folder of its own, on loopback, without sending anything",
		Zh: "以独立目录运行示例社群，仅本机可访问，不对外发送"}},
	{Name: "rate-limit", Kind: Number, Default: "0", check: checkCount, About: Text{
		En: "API calls a second that one token may make; 0: no limit",
		Zh: "每个令牌每秒可调用 API 的次数；0 为不限"}},
	{Name: "rate-burst", Kind: Number, Default: "100", check: checkCount, About: Text{
		En: "API calls that one token may make at once before rate-limit counts",
		Zh: "触发 rate-limit 之前允许的瞬时调用次数"}},
	{Name: "max-workspaces", Kind: Number, Default: "0", check: checkCount, About: Text{
		En: "how many workspaces this server may hold; 0: no limit",
		Zh: "本服务器最多可建的空间数；0 为不限"}},
	{Name: "cache-members", Kind: Number, Default: "50000", check: checkPositive, About: Text{
		En: "members of each workspace that are kept in memory",
		Zh: "每个空间常驻内存的成员数"}},
	{Name: "plugin-env", Kind: List, About: Text{
		En: "names of further environment variables that channel plugins may see",
		Zh: "允许渠道插件读取的其他环境变量名"}},
	{Name: "drain-timeout", Kind: Duration, Default: "25s", check: checkDrain, About: Text{
		En: "how long requests under way may take when the server stops",
		Zh: "停止服务时等待在途请求的最长时间"}},
	{Name: "publish-patience", Kind: Duration, Default: "10s", check: checkPatience, About: Text{
		En: "how long a publish may take before it goes on as a job, up to 1m; 0s: whenever windows must be built from a long log",
		Zh: "发布规则的等待时限，超过则转为后台任务，最长 1m；0s 为只要需从较长日志构建窗口就转为任务"}},
}
