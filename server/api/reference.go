package api

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/server/auth"
)

//go:embed page
var pageFiles embed.FS

// referencePolicy lets the reference load its own style and script, and nothing else.
const referencePolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// reference is the API reference, rendered once in each language from the API
// description.
type reference struct{ pages map[string][]byte }

func newReference(spec *specification, base string) (*reference, error) {
	t, err := template.ParseFS(pageFiles, "page/reference.html")
	if err != nil {
		return nil, fmt.Errorf("read page: %w", err)
	}
	r := &reference{pages: map[string][]byte{}}
	for _, lang := range []string{"en", "zh"} {
		var b bytes.Buffer
		if err := t.Execute(&b, newPage(spec, lang, base)); err != nil {
			return nil, fmt.Errorf("render page: %w", err)
		}
		r.pages[lang] = b.Bytes()
	}
	return r, nil
}

// register adds the reference's routes.
func (r *reference) register(e *echo.Echo, base string) {
	open := func(path string, h echo.HandlerFunc) {
		e.GET(base+path, func(c echo.Context) error {
			c.Response().Header().Set("Content-Security-Policy", referencePolicy)
			c.Response().Header().Set("Cache-Control", "no-cache")
			return h(c)
		})
	}
	open("/reference", r.serve)
	e.GET(base+"/", func(c echo.Context) error { return c.Redirect(http.StatusFound, base+"/reference") })
	open("/reference.css", file("page/reference.css", "text/css; charset=utf-8"))
	open("/reference.js", file("page/reference.js", "text/javascript; charset=utf-8"))
	open("/openapi.yaml", func(c echo.Context) error { return c.Blob(http.StatusOK, "application/yaml", specYAML) })
	open("/openapi.json", func(c echo.Context) error { return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, specJSON) })
}

func (r *reference) serve(c echo.Context) error {
	lang := c.QueryParam("lang")
	if r.pages[lang] == nil {
		lang = languageOf(c.Request())
	}
	c.Response().Header().Set("Vary", "Accept-Language")
	return c.HTMLBlob(http.StatusOK, r.pages[lang])
}

func file(name, media string) echo.HandlerFunc {
	return func(c echo.Context) error {
		b, err := pageFiles.ReadFile(name)
		if err != nil {
			return err
		}
		return c.Blob(http.StatusOK, media, b)
	}
}

// What the page shows.
type pageView struct {
	Lang, Base, Version string
	Intro               []string
	Groups              []groupView
}

type groupView struct {
	Title string
	Calls []callView
}

type callView struct {
	ID, Method, Class, Path, Summary, Search string
	About                                    []string
	Public                                   bool
	Role                                     string
	Scope                                    auth.Scope
	Audit                                    string
	Params                                   []paramView
	Bodies                                   []bodyView
	Answers                                  []answerView
}

type paramView struct {
	Name, In, Form, Description string
	Required                    bool
}

type bodyView struct{ Media, Form, Example string }

type answerView struct{ Status, Description, Form, Example string }

// T is a word of the page's own in its language.
func (p pageView) T(en, zh string) string {
	if p.Lang == "zh" {
		return zh
	}
	return en
}

func newPage(spec *specification, lang, base string) pageView {
	p := pageView{Lang: lang, Base: base, Version: spec.doc.Info.Version}
	p.Intro = paragraphs(p.T(spec.doc.Info.Description, spec.doc.Info.ZhDescription))
	for _, tag := range spec.doc.Tags {
		g := groupView{Title: p.T(tag.Description, tag.Zh)}
		for _, op := range spec.operations {
			if op.Tag == tag.Name {
				g.Calls = append(g.Calls, spec.view(op, p))
			}
		}
		p.Groups = append(p.Groups, g)
	}
	return p
}

// paragraphs splits a text and takes the marks of Markdown off.
func paragraphs(text string) (out []string) {
	clean := strings.NewReplacer("**", "", "`", "", "- ", "")
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(clean.Replace(line)); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func (s *specification) view(op *operation, p pageView) callView {
	v := callView{ID: op.ID, Method: op.Method, Class: strings.ToLower(op.Method), Path: op.Path, Summary: op.Summary.In(p.Lang),
		About: paragraphs(op.Description), Public: op.Public, Role: op.raw.Role, Scope: op.Need.Scope, Audit: op.Audit}
	v.Search = strings.ToLower(strings.Join([]string{op.ID, op.Method, op.Path, op.Summary.En, op.Summary.Zh, op.Description}, " "))
	for _, x := range op.Params {
		v.Params = append(v.Params, paramView{x.Name, x.In, s.form(x.raw, 1), strings.ReplaceAll(x.Description, "`", ""), x.Required})
	}
	if b := op.raw.RequestBody; b != nil {
		for _, media := range sortedKeys(b.Content) {
			v.Bodies = append(v.Bodies, bodyView{media, s.form(b.Content[media].Schema, 4), indent(b.Content[media].Example)})
		}
	}
	for _, status := range sortedKeys(op.raw.Responses) {
		r := op.raw.Responses[status]
		if status == "default" {
			continue
		}
		a := answerView{Status: status, Description: r.Description}
		for _, media := range sortedKeys(r.Content) {
			a.Form, a.Example = s.form(r.Content[media].Schema, 4), indent(r.Content[media].Example)
		}
		v.Answers = append(v.Answers, a)
	}
	return v
}

func indent(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw)
	}
	return b.String()
}
