// The Go side of the benchmarks: a page of client_golang, a readiness probe of net/http, and a client that keeps a pace.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// serve registers 21 series for each of so many components, as many as blackbox_exporter has for one TCP probe, and answers probes.
func serve(address string, components int) {
	registry := prometheus.NewRegistry()
	identity := prometheus.Labels{"environment": "production", "version": "1.0.0", "instance": "benchmark"}
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "probe_duration_seconds", Help: "Duration of runs.", ConstLabels: identity,
		Buckets: []float64{0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2},
	}, []string{"component", "check"})
	runs := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "probe_runs_total", Help: "Runs by result.", ConstLabels: identity,
	}, []string{"component", "check", "result"})
	status := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "probe_status", Help: "The status.", ConstLabels: identity,
	}, []string{"component", "status"})
	registry.MustRegister(duration, runs, status)
	for i := 0; i < components; i++ {
		name := fmt.Sprintf("c%d", i)
		duration.WithLabelValues(name, "a").Observe(0.003)
		for _, result := range []string{"success", "failure", "timeout", "internal"} {
			runs.WithLabelValues(name, "a", result).Add(17)
		}
		for _, value := range []string{"healthy", "degraded", "unknown", "unhealthy"} {
			status.WithLabelValues(name, value).Set(1)
		}
	}
	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	http.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"status":"ready","timestamp":"%s"}`, time.Now().UTC().Format(time.RFC3339Nano))
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServe(address, nil))
	os.Exit(1)
}

// pace sends so many requests a second, to each URL in turn, and prints how many answers hold a text.
func pace(urls []string, rate int, length time.Duration, expected string) {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	client := &http.Client{Transport: transport, Timeout: 5 * time.Second}
	jobs := make(chan int, 1024)
	var good, bad atomic.Int64
	var workers sync.WaitGroup
	for i := 0; i < 64; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for job := range jobs {
				answer, err := client.Get(urls[job%len(urls)])
				if err != nil {
					bad.Add(1)
					continue
				}
				body, _ := io.ReadAll(answer.Body)
				answer.Body.Close()
				if bytes.Contains(body, []byte(expected)) {
					good.Add(1)
				} else {
					bad.Add(1)
				}
			}
		}()
	}
	start := time.Now()
	total := int(length.Seconds() * float64(rate))
	for i := 0; i < total; i++ {
		if wait := time.Until(start.Add(time.Duration(i) * time.Second / time.Duration(rate))); wait > 0 {
			time.Sleep(wait)
		}
		jobs <- i
	}
	close(jobs)
	workers.Wait()
	fmt.Printf("%d %d %.3f\n", good.Load(), bad.Load(), time.Since(start).Seconds())
}

func main() {
	address := flag.String("listen", "", "serve there")
	components := flag.Int("components", 1000, "components on the page")
	urls := flag.String("urls", "", "send requests to these, separated by spaces")
	rate := flag.Int("rate", 300, "requests a second")
	length := flag.Duration("for", 10*time.Second, "how long")
	expected := flag.String("expect", "probe_success 1", "what a good answer holds")
	flag.Parse()
	if *address != "" {
		serve(*address, *components)
	}
	pace(strings.Fields(*urls), *rate, *length, *expected)
}
