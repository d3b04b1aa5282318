package app

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/plugins/host"
)

// maxLabels is how many workspaces get a label of their own; the rest share
// "other", so that a server with many tenants has a bounded number of series.
const maxLabels = 50

// metrics are what the server counts. Labels never hold a member, an address or
// free text.
type metrics struct {
	registry     *prometheus.Registry
	events       *prometheus.CounterVec
	decisions    *prometheus.CounterVec
	deliveries   *prometheus.CounterVec
	transactions *prometheus.HistogramVec

	mu     sync.Mutex
	labels map[string]bool
}

func newMetrics() *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), labels: map[string]bool{}}
	m.events = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "bylaw_events_accepted_total", Help: "Events sent, by what became of them."}, []string{"workspace", "status"})
	m.decisions = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "bylaw_decisions_total", Help: "Decisions answered to senders of events, by outcome."}, []string{"workspace", "outcome"})
	m.deliveries = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "bylaw_deliveries_total", Help: "Attempts to send a message, by what the channel said."}, []string{"workspace", "outcome"})
	m.transactions = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "bylaw_transaction_seconds", Help: "Time of one transaction that holds a lane, waiting and retries included.",
		Buckets: prometheus.ExponentialBuckets(0.0005, 2, 16)}, []string{"result"})
	m.registry.MustRegister(m.events, m.decisions, m.deliveries, m.transactions,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// workspace is the label of a workspace.
func (m *metrics) workspace(id string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.labels[id] {
		if len(m.labels) >= maxLabels {
			return "other"
		}
		m.labels[id] = true
	}
	return id
}

// Handler serves the metrics.
func (m *metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true}) // the API packs what it answers
}

// watchOutbox reports how long the oldest delivery that is due has waited.
func (m *metrics) watchOutbox(outbox engine.OutboxStore, now clock) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "bylaw_outbox_oldest_seconds", Help: "How long the oldest delivery that is due has waited."}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		due, err := outbox.NextDue(ctx)
		if err != nil || due == 0 {
			return 0
		}
		return max(0, now().Sub(due).Seconds())
	}))
}

// watchPlugins reports how plugins fare.
func (m *metrics) watchPlugins(list func() []host.PluginState) {
	m.registry.MustRegister(pluginCollector{list})
}

type pluginCollector struct{ list func() []host.PluginState }

var (
	pluginRestarts = prometheus.NewDesc("bylaw_plugin_restarts_total", "Restarts of a channel plugin since the server started.", []string{"plugin"}, nil)
	pluginUp       = prometheus.NewDesc("bylaw_plugin_up", "1 while the plugin's process runs.", []string{"plugin", "state"}, nil)
)

// Describe names the plugins' metrics.
func (c pluginCollector) Describe(out chan<- *prometheus.Desc) {
	out <- pluginRestarts
	out <- pluginUp
}

// Collect reads the plugins' states.
func (c pluginCollector) Collect(out chan<- prometheus.Metric) {
	for _, p := range c.list() {
		up := 0.0
		if p.PID != 0 {
			up = 1
		}
		out <- prometheus.MustNewConstMetric(pluginRestarts, prometheus.CounterValue, float64(p.Restarts), p.ID)
		out <- prometheus.MustNewConstMetric(pluginUp, prometheus.GaugeValue, up, p.ID, string(p.State))
	}
}

// countedStore measures transactions.
type countedStore struct {
	engine.Store
	metrics *metrics
}

// KeepsPast implements engine.PastKeeper: counting hides nothing of the store.
func (s countedStore) KeepsPast() bool {
	k, ok := s.Store.(engine.PastKeeper)
	return ok && k.KeepsPast()
}

// Within times a transaction.
func (s countedStore) Within(ctx context.Context, workspace string, fn func(engine.Tx) error) error {
	began := time.Now()
	err := s.Store.Within(ctx, workspace, fn)
	result := "ok"
	if err != nil {
		result = string(engine.CodeOf(err))
	}
	s.metrics.transactions.WithLabelValues(result).Observe(time.Since(began).Seconds())
	return err
}

// countedMachine counts what events and decisions came of batches.
type countedMachine struct {
	*machine.Machine
	metrics *metrics
	queued  func() // called when there may be something to send
	live    *liveWork
}

// Accept counts and passes on.
func (m countedMachine) Accept(ctx context.Context, workspace string, b machine.Batch) ([]machine.Result, error) {
	defer m.live.begin()()
	results, err := m.Machine.Accept(ctx, workspace, b)
	if err != nil {
		return nil, err
	}
	label, sends := m.metrics.workspace(workspace), false
	for i := range results {
		m.metrics.events.WithLabelValues(label, string(results[i].Status)).Inc()
		if results[i].Status != machine.Accepted {
			continue
		}
		for j := range results[i].Decisions {
			m.metrics.decisions.WithLabelValues(label, string(results[i].Decisions[j].Outcome)).Inc()
			sends = sends || slices.ContainsFunc(results[i].Decisions[j].Effects, isMessage)
		}
	}
	if sends {
		m.queued()
	}
	return results, nil
}

func isMessage(e engine.Effect) bool {
	return e.Kind == engine.Send || e.Kind == engine.Praise
}

// countedChannels counts what channels say.
type countedChannels struct {
	engine.Channels
	metrics *metrics
}

// Send counts receipts and passes them on.
func (c countedChannels) Send(ctx context.Context, config engine.ChannelConfig, batch []engine.Message) []engine.Receipt {
	receipts := c.Channels.Send(ctx, config, batch)
	label := c.metrics.workspace(config.Workspace)
	for i := range receipts {
		c.metrics.deliveries.WithLabelValues(label, string(receipts[i].Outcome)).Inc()
	}
	return receipts
}
