package rules

import (
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/rules/packs"
)

// BenchmarkCheck checks the largest rule of a pack, and the same with cases up
// to the 64 KiB that a document may have. The goal is 5 ms.
func BenchmarkCheck(b *testing.B) {
	_, scope := loadPack(b, "discourse-trust")
	data, err := packs.FS.ReadFile("discourse-trust/trust-3.yaml")
	if err != nil {
		b.Fatal(err)
	}
	head, cases, _ := strings.Cut(string(data), "cases:\n")
	full := head + "cases:\n" + cases
	for n := 0; len(full)+len(cases) < MaxDocument; n++ {
		full += strings.ReplaceAll(cases, "- name: ", "- name: again ")
	}
	for name, document := range map[string]string{"pack": string(data), "64KiB": full} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				if _, found := CheckSource([]byte(document), scope); len(found) > 0 {
					b.Fatal(Format("", "en", found))
				}
			}
		})
	}
}
