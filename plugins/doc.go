// Package plugins is the home of channel plugins: programs through which Bylaw
// reaches people where they are.
//
// A channel plugin is a separate process that speaks one small protocol
// (channelpb, gRPC over a private socket). It has no access to the server's
// memory, database, environment or other plugins; what it gets is the
// configuration and the secrets of the channels that it serves. The ones that
// come with Bylaw are the server's binary executing itself: they live by the
// same rules as a stranger's.
//
//   - sdk is all that an author imports: Channel and Instance, Serve, an HTTP
//     client that knows what can have arrived (sdk/httpx), the schema of
//     configurations (sdk/schema), and the contract as tests (sdk/sdktest).
//   - host runs plugins and implements engine.Channels.
//   - channels are the bundled ones; each imports the sdk alone.
//   - scaffold makes, builds and installs new ones.
//
// # The life of a plugin
//
// It is found in <data-dir>/plugins/<id>/<version>/ by its bylaw-plugin.json,
// and never run before the server's admin trusts it: the sha256 over all its
// files is stored, and compared at every start. It is started when it is first
// needed, says hello on its session, describes itself (id and version must be
// the manifest's), and has instances opened in it: one for each channel of each
// workspace, many in one process. It answers heartbeats every 5 s; after six
// missed ones it is killed with everything it has started. After a crash it is
// started again in 1 s, 2 s, 4 s ... 5 min; after five crashes in ten minutes it
// is quarantined, with its last log lines, until somebody lets it try again. It
// ends with the server, however the server ends.
//
// # Outcomes
//
// A plugin classifies, the engine decides. Retryable says that the message has
// certainly not arrived; unknown that it may have. The host says unknown itself
// for every message whose request may have reached a plugin that then died,
// hung or spoke nonsense; receipts that came before are kept.
//
// # Versions
//
// The handshake's number is the protocol's major version. Within it messages
// and fields are only added, and both sides ignore what they don't know; a new
// major version is served beside the old one for at least one release. Package
// sdk follows semantic versioning: optional abilities are new small interfaces,
// never new methods of old ones. A plugin's own version is its author's.
package plugins
