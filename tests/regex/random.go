// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand"
	"strings"
)

type generator struct{ *rand.Rand }

func (g *generator) of(list []string) string { return list[g.Intn(len(list))] }

var pieces = []string{
	"a", "a", "a", "b", "b", "c", "A", "B", "k", "K", "s", "S", "0", "7", "_", "-", " ", "\n", "\n", ".", "\t", "\v", "é", "É", "ſ", "K",
	"ß", "ẞ", "世", "界", "😀", "\ufffd", "σ", "ς", "Σ", "\xff", "\x80", "\xc3", "\xe4\xb8", "\xf0\x9f\x98", "\xed\xa0\x80", "\xc0\x80",
	"\x00", "ab", "abc", "aab", "key", "\r\n",
}

// A subject: mostly few different pieces, so that expressions find something.
func (g *generator) subject(most int) string {
	var b strings.Builder
	plain := g.Intn(3) == 0
	for n := g.Intn(most + 1); n > 0; n-- {
		if plain {
			b.WriteString(pieces[g.Intn(8)])
		} else {
			b.WriteString(g.of(pieces))
		}
	}
	return b.String()
}

var atoms = []string{
	"a", "a", "a", "b", "b", "c", "k", "s", "K", "é", "ſ", "σ", "世", "😀", "\ufffd", "_", "0", `\x{FFFD}`, `\x00`, `\x{E9}`, "\n", `\.`, `\x7f`, `\x80`,
}
var classes = []string{
	".", ".", ".", `\w`, `\W`, `\s`, `\S`, `\d`, `\D`, "[a-c]", "[^a]", "[^a-c]", "[ab]", "[^\\n]", "[a-zé]", "[^é]", "[k-s]", "[^ks]", `[\w-]`,
	`[^\s]`, `[^\W]`, `\pL`, `\PL`, `\p{Greek}`, `\P{^Greek}`, `\p{Lu}`, `\P{Lu}`, "[[:alpha:]]", "[[:^space:]]", "[世-龥]", "[a😀]", "[^世]",
	`[\x{80}-\x{10ffff}]`, `[\x{FFFD}a]`, `[^\x{FFFD}]`, "[é-ü]", "[α-ω]", `[^\x00-\x{10FFFF}]`, `[\x{D800}-\x{E000}]`, "[Aa]", `[\x{7ff}-\x{800}]`,
	`[\x{ffff}-\x{10000}]`, `[b-\x{3ff}]`, "[a-]", `[\d_]`,
}
var assertions = []string{"^", "$", `\A`, `\z`, `\b`, `\B`, "(?m:^)", "(?m:$)", "(?m)$", "(?m)^"}
var repeats = []string{"*", "*", "+", "+", "?", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,2}?", "{2,}", "{1,3}", "{0}", "{0,1}", "{3,}?", "{1,}", "{0,}"}

func (g *generator) atom(depth int) string {
	switch n := g.Intn(20); {
	case n < 8:
		return g.of(atoms)
	case n < 13:
		return g.of(classes)
	case n < 14:
		return g.of(assertions)
	case depth <= 0:
		return g.of(atoms)
	case n < 17:
		return "(" + g.alternation(depth-1) + ")"
	case n < 18:
		return "(?:" + g.alternation(depth-1) + ")"
	case n < 19:
		return fmt.Sprintf("(?%s:%s)", g.of([]string{"i", "s", "m", "U", "-i", "is", "i-s", "-s", "im-U"}), g.alternation(depth-1))
	default:
		return fmt.Sprintf("(?P<n%d>%s)", g.Intn(3), g.alternation(depth-1))
	}
}

func (g *generator) concatenation(depth int) string {
	var b strings.Builder
	for n := g.Intn(4); n >= 0; n-- {
		b.WriteString(g.atom(depth))
		if g.Intn(3) == 0 {
			b.WriteString(g.of(repeats))
		}
	}
	return b.String()
}

func (g *generator) alternation(depth int) string {
	n := g.Intn(6)
	switch {
	case n < 3:
		return g.concatenation(depth)
	case n < 5:
		return g.concatenation(depth) + "|" + g.concatenation(depth)
	default:
		return g.of([]string{"", g.concatenation(depth)}) + "|" + g.concatenation(depth) + "|" + g.of([]string{"", g.concatenation(depth)})
	}
}

func (g *generator) expression() string {
	flags := g.of([]string{"", "", "", "", "(?i)", "(?i)", "(?s)", "(?m)", "(?is)", "(?U)"})
	return flags + g.alternation(3)
}

var tokens = []string{
	"a", "b", "k", "é", "0", "1", "9", "-", "]", "^", "$", ".", "|", "|", "(", ")", "(", ")", "[", "[^", "]", "]", "{", "}", ",", "*", "+", "?", "{1}",
	"{2,3}", "{,2}", "{3,2}", "{1001}", "{1000}", "{01}", "{2,", `\`, `\\`, `\d`, `\pL`, `\p{Greek}`, `\p{^Han}`, `\p`, `\P{`, `\Q`, `\E`, `\x`, `\x{`, `\x41`,
	`\x{110000}`, `\x{10ffff}`, `\1`, `\12`, `\0`, `\08`, `\8`, `\b`, `\B`, `\A`, `\z`, `\Z`, `\C`, `\G`, `\K`, `\_`, `\-`, `\é`, `\"`, "(?", "(?:", "(?i)", "(?i:",
	"(?-i)", "(?P<a>", "(?<b>", "(?P=a)", "(?<=", "(?=", "(?!", "(?P<", "<", ">", ":", "i", "s", "m", "U", "-", "(?#", "[:alpha:]", "[[:alpha:]", "[:^digit:]", "[[:foo:]]", "[a-",
	"[z-a", `[\d-`, "\xff", "\xc3", "\n", " ", "#", "\x00", `\pé`, `\p{lu}`, `\p{Lowercase_Letter}`, `\p{}`, `\p{Any}`, `\PN`, `\a`, `\f`, `\v`, `\e`, `\c`, "&&",
}

// Tokens without any grammar: what is refused, and what is only just accepted.
func (g *generator) soup() string {
	var b strings.Builder
	for n := 1 + g.Intn(7); n > 0; n-- {
		b.WriteString(g.of(tokens))
	}
	return b.String()
}
