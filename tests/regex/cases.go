// SPDX-License-Identifier: Apache-2.0

package main

import "strings"

// Expressions that are accepted for one reason, or refused for one.
var syntax = []string{
	"", "a", "ab|cd", "|", "||", "a|", "|a", "()", "(|a)", "(a|)", "(|a)*", "(|a)+", "(a|)*", "(a|)+", "(a|)*?", "(|a)*?", "(a*)*", "(a*)+", "(a*|b)*", "(a|b)*?c",
	"(?:a*)*", "(?:a*)+", "(?:a*)*?", "(?:a|b*)*", "(?:|a)*", "(?:|a)+", "(?:a|)+b", "(?:(a)|b)*", "(?:(a)|(b))*", "((a)|b)+", "(a?)*", "(a??)*", "(a?)*?", "(a*?)*", "(a*?)+?",
	"(?:a??)*b", "(?:(?:a|)+b??)+", "((a|)+b??)+", "(a|b|)*c", "(?:b|(?:|a))+", "(a*)(a|b)*", "(^)*", "(^)+", "(?:^)*", "(?:$)*", `(?:\b)*`, `\b*`, `\b+`, "^*", "$+", "^?", "^{2}",
	"(?:a{0,2}){2}", "(a{0,2}){2,}", "(a|){2,3}", "(|a){2,}", "(a){0}", "(a){0}b", "(a){0,0}(b)", "a{0}", "a{1}", "a{0,0}", "(a{2}){3}", "(?:a{2,3}){2}", "a{2}?", "a{2,}?", "a{2,4}?", "a??", "a*?",
	"a**", "a*+", "a+*", "a?*", "a++", "a*??", "a???", "a{2}{3}", "a{2}*", "a*{2}", "a{,2}", "a{2", "a{2,", "a{2,3", "a{}", "a{,}", "{", "}", "{2}", "{,2}", "a{01}", "a{1,02}", "a{ 1}", "a{-1}",
	"a{1000}", "a{1001}", "a{0,1001}", "a{1001,}", "a{2,1}", "a{100000000000}", "(a{100}){10}", "(a{100}){11}", "((a{10}){10}){10}", "((a{10}){10}){11}", "(a{1000}){0}", "((a{1000}){0}){1000}", "((a{1000})*){2}",
	"(a{1000}){1}", "(a{501}){0,2}", "(a{500}){0,2}", "(a{2,}){501}", "(a{0,}){1000}", "*", "+", "?", "*a", "|*", "(*a)", "(?:*)", "a|*", "(?i)*", "a(?i)*", "a*(?i)*", `a\Q\E*`, `\Q\E*`, `ab\Q\E*`, `\Qab\E*`,
	`\Q+|*?{[\E`, `\Qa`, `\Q`, `\Q\`, `\Q\\E`, `\Qa\Eb\Ec`, `\E`, `[\Qa]`, `\Q` + "\xff", "(", ")", "(a", "a)", "((a)", "(a))", "(?", "(?)", "(?:", "(?:)", "(?i", "(?i)", "(?i:", "(?i:a", "(?i:a)", "(?i-)", "(?-)",
	"(?-:a)", "(?i-:a)", "(?i-s:a)", "(?i-s-m:a)", "(?--i)", "(?ii)a", "(?x)a", "(?imsU)a", "(?i-msU)a", "(?:a)(?i:b)c", "(?:a(?i)b|c)C", "a(?i)b", "(?i)a(?-i)b", "((?i)a)b", "(?u)a", "(?a)", "(?P)", "(?P<", "(?P<>a)",
	"(?P<n>a)", "(?<n>a)", "(?P<n>a)(?P<n>b)", "(?P<n", "(?P<n>", "(?P<n a>b)", "(?P<é>a)", "(?P<1>a)", "(?P<_9>a)", "(?'n'a)", "(?P=n)", "(?P>n)", "(?&n)", "(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "(?>a)", "(?#a)", "(?R)", "(?1)", "(?|a)",
	"(*UTF8)a", "(*COMMIT)", `\1`, `\2`, `(a)\1`, `\12`, `\18`, `\012`, `\0`, `\00`, `\000`, `\0123`, `\377`, `\400`, `\777`, `\8`, `\9`, `\x`, `\x1`, `\x41`, `\x4g`, `\x{`, `\x{}`, `\x{41`, `\x{41}`, `\x{41g}`, `\x{10FFFF}`, `\x{110000}`,
	`\x{000000041}`, `\x{FFFFFFFFF}`, `\xE9`, `\x{e9}`, `\u0041`, `\a`, `\b`, `\c`, `\cA`, `\e`, `\f`, `\g`, `\h`, `\i`, `\k`, `\l`, `\n`, `\o{12}`, `\r`, `\t`, `\u`, `\v`, `\w`, `\y`, `\z`, `\A`, `\B`, `\C`, `\D`, `\F`, `\G`, `\H`, `\K`, `\L`, `\N`, `\N{1}`,
	`\P`, `\R`, `\S`, `\U`, `\V`, `\W`, `\X`, `\Z`, `\_`, `\-`, `\.`, `\/`, `\ `, `\!`, `\é`, `\世`, `\`, `a\`, `\\`, "\\\n", "[", "[]", "[^]", "[]a]", "[^]a]", "[a", "[a-", "[a-]", "[-a]", "[-]", "[--a]", "[a--]", "[a-b-c]", "[z-a]", "[a-a]", "[^^]", "[a^]", "[[]", "[a[b]",
	`[\]]`, `[\d]`, `[\d-z]`, `[a-\d]`, `[\D\d]`, `[^\D\d]`, `[^\d\D]+`, `[\w-]`, `[\b]`, `[\B]`, `[\A]`, `[\z]`, `[\a\f\n\r\t\v]`, `[\x41-\x{43}]`, `[\101-\103]`, `[\1]`, `[\-a]`, `[a\-z]`, `[\Q]`, `[\pL]`, `[\p{Lu}-z]`, `[\PL]`, `[^\PL]`, `[\p]`, `[\p{]`, `[\pX]`,
	"[[:alpha:]]", "[[:^alpha:]]", "[^[:alpha:]]", "[[:alnum:][:space:]]", "[[:ascii:]]", "[[:blank:]]", "[[:cntrl:]]", "[[:digit:]]", "[[:graph:]]", "[[:lower:]]", "[[:print:]]", "[[:punct:]]", "[[:space:]]", "[[:upper:]]", "[[:word:]]", "[[:xdigit:]]",
	"[[:Alpha:]]", "[[:foo:]]", "[[:alpha]", "[[:alpha]:]", "[[:a]b:]", "[[:]", "[[::]]", "[[:^:]]", "[:alpha:]", "[[.a.]]", "[[=a=]]", "[a-[:digit:]]", "[[:digit:]-z]", "[a&&b]", "[a~~b]", "(?i)[[:lower:]]", "(?i)[[:upper:]]+", "(?i)[[:^lower:]]", "(?i)[^[:lower:]]", "(?i)[[:word:]]+",
	`\pN`, `\p{N}`, `\p{^N}`, `\PN`, `\P{^N}`, `\p{Greek}`, `\p{^Greek}`, `\P{Greek}`, `\P{^Greek}`, `\p{greek}`, `\p{GREEK}`, `\p{Old_Italic}`, `\p{olditalic}`, `\p{Lu}`, `\p{lu}`, `\p{LC}`, `\p{L&}`, `\p{Letter}`, `\p{Uppercase Letter}`, `\p{any}`, `\p{Any}`, `\P{Any}`, `\p{Assigned}`, `\p{Cn}`, `\p{ASCII}`, `\P{ASCII}`,
	`\p{Cs}`, `\p{Zs}`, `\p`, `\pL\pN`, `\p{`, `\p{}`, `\p{^}`, `\p{^^N}`, `\p{Foo}`, `\p{L`, `\pé`, `\p^`, `\p{Script=Greek}`, `\p{IsGreek}`, `\p{Xan}`, "(?i)\\p{Lu}+", "(?i)\\P{Lu}+", "(?i)\\p{Greek}+", "(?i)\\p{ASCII}+", "(?i)\\P{ASCII}", "(?i)[\\p{Ll}0]+", "(?i)\\pL", "\\pZ+", "\\p{Han}+",
	`\d+`, `\D+`, `\s+`, `\S+`, `\w+`, `\W+`, `(?i)\w+`, `(?i)\W+`, `(?i)[\w]+`, `(?i)[^\w]+`, `(?i)\d`, `(?i)\S`, "(?i)k", "(?i)s", "(?i)sk", "(?i)K", "(?i)ſ", "(?i)K", "(?i)ks+", "(?i)[k]", "(?i)[^k]", "(?i)[j-l]+", "(?i)é", "(?i)ß", "(?i)ẞ", "(?i)σ+", "(?i)[σ]", "(?i)ı", "(?i)İ", "(?i)i", "(?i)ǅ", "(?i)µ", "(?i)å", "[Kk]", "[Ss]", "[kK\u212a]",
	".", ".*", ".+", ".?", ".{2}", ".{1,2}", ".{2,}", ".*?", ".+?", "(?s).", "(?s).*", "(?s).{2}", ".*a", ".*?a", "(.)(.*)(.)", "(.*)(.+)", "(.*?)(.*)", "(.+?)(.*)", "([^a]*)(.)", "([^a]*?)(.)", "([^a]+?)$", `(\S*)(\S)`, `(\S+?)(\S)`, `.*\B`, `.*?\B.`, `\B.*?\B`, `.*\b`, "(?s)(.*)(.)", "(?s).*\\z", "[^a]b", "[^é]b", "[^é]*b", "[^é]+?b", "(.)b", "(.*)b", "..b", ".{0,3}b", ".{2,3}?",
	"[^a]", "[^a]*", "a*", "a*?", "a+", "(?:)", "é*", "世?", "\ufffd", "\ufffd+", `\x{FFFD}*`, `[\x{FFFD}]`, `[^\x{FFFD}]`, `[^\x{FFFD}]*`, `[\x{80}-\x{FFFD}]`, `[\x{FFFE}-\x{10FFFF}]`, `\x80`, `[\x80-\xff]+`, `[^\x80-\xff]+`, `[\x{10000}-\x{10FFFF}]`, `[^\x{10000}-\x{10FFFF}]`, `[\x{D7FF}-\x{E000}]`, `[\x00-\x{10ffff}]`, `[^\x00-\x{10ffff}]`, `[^\x00-\x{10ffff}]*a`, `[\x{80}-\x{10ffff}]+`, `[a-z\x{80}-\x{10ffff}]+`,
	"^", "$", "^$", "(?m)^", "(?m)$", "(?m)^$", "(?m)^.*$", "(?m)^a", "a$", "(?m)a$", "^a", `\Aa`, `a\z`, `(?m)\Aa`, `(?m)a\z`, "(?m)^\\s*$", "a^", "$a", "(?m)$\\n^", "(?m)a$\\n", `\n$`, `\n^`, "(?m)\\n^", "(?s)a.b", "(?s-m:a$.)", "(?m:^)b", "\\b", "\\B", `\ba`, `a\b`, `\Ba`, `a\B`, `\b\w+\b`, `\bé`, `é\b`, `\B世`, `\b.`, `.\b.`, `_\b`, `\b\b`, `\b\B`,
	"(a)(b)?", "(a)|(b)", "(a)|b", "(?:(a)|b)+", "(a(b)?)+", "(a|ab)(c|bcd)(d*)", "(a+)(b+)?", "((a)(b))*", "(a*)(b*)", "(a+|b)*", "(a|aa)+", "(aa|a)+?$", "(x)?(a)?", "(.)?(.)?", "((.)|(.))*", "(?P<x>a)(?P<y>b)?", "(?U)a+", "(?U)a+?", "(?U)(a*)(a*)", "(?U)a{1,2}", "(?U:a+)a+", "(?U)(?-U:a+)a",
	"(a+)+$", "(a*)*$", "(a|a)*$", "(a|aa)*$", "(.*)*b", "(.*.*)*b", "(a+)+b", "([a-z]+)*0", "(?:a?){20}a{20}", "(?:a{0,5}){0,5}b", ".*.*.*b", "(?i)(s+)+$", "(\\w+\\s?)*$",
	"a\x00b", "\x00", `\x00`, "a\nb", "\r", "\xff", "a\xff", "[\xff]", "(?P<\xff>a)", "\xc3", "é\xc3", "[é-\xc3]", "\\\xff", "a#b", "a b", "(?i) a", `\#`, "a\u2028b", "\ufeff",
	strings.Repeat("(", 900) + "a" + strings.Repeat(")", 900), strings.Repeat("(?:", 990) + "a" + strings.Repeat(")", 990), strings.Repeat("a|", 500) + "b", strings.Repeat("(a)", 200), strings.Repeat("a?", 30) + strings.Repeat("a", 30),
	"(?:.{0,1000})b", "(?:[^b]{0,900}b){1}", "(?s).{1000}", `(?:\pL{10}){20}`, `\S{1,1000}`, `(?:é|世){1,500}`, "(?i)[a-z0-9]{100,1000}",
}

var subjects = []string{
	"", "a", "b", "ab", "ba", "aab", "abab", "aaaa", "abc", "aabcd", "abcd", "a\nb", "a\n", "\n", "\n\n", "a\nb\n", "\na", " a b ", "A", "aAbB", "kK\u212aKk", "sSſsS", "é", "éb", "aéb", "ÉéE", "世界", "a世b", "😀", "a😀b", "\ufffd", "a\ufffdb", "\xff", "a\xffb", "\xc3", "\xc3b", "\xe4\xb8", "\xe4\xb8b", "é\x80b", "\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80", "\xf0\x9f\x98",
	"\xf0\x9f\x98\x80\x80", "_", "a_b-c", "0123456789", "\x00", "\t\v\f\r ", "σςΣ", "ßẞss", "ıİiI", "ǄǅǆDž", "µμΜ", "åÅ\u212b", "{2}", "a{,2}", "a{2", "+|*?{[", "]", "-", "^", "\\", "$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "ssssssssssssssssssssssssssſ!", "key = value", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "\u00a0\u2028\u3000", "Ω\u2126ω", "०१२", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
}

type rule struct {
	expression string
	subjects   []string
}

const alnum = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// No sample is whole in this file.
func sample(parts ...string) []string {
	text := strings.Join(parts, "")
	return []string{text, "x=" + text + ";", "\"" + text + "\"", text[:len(text)-1], " é" + text + "é ", strings.ToUpper(text), text + "a\n" + text}
}

// Expressions in the manner of rules for secrets.
var secrets = []rule{
	{`\b((?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b`, sample("AK", "IA", "QQQQ2345QQQQ2345")},
	{`gh[pousr]_[0-9a-zA-Z]{36}`, sample("gh", "p_", alnum[:36])},
	{`github_pat_\w{82}`, sample("github", "_pat_", alnum, alnum[:20])},
	{`xox[bpars]-(?:[0-9]{10,13}-){1,3}[a-zA-Z0-9-]{10,}`, sample("xo", "xb-", "12345678901-12345678901-", alnum)},
	{`-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----[\s\S-]{64,}?KEY(?: BLOCK)?-----`, sample("-----BEGIN RSA PRI", "VATE KEY-----\n", alnum, "\n", alnum, "\n-----END RSA PRI", "VATE KEY-----")},
	{`(?i)-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY`, sample("-----begin rsa pri", "vate \u212aey-----")},
	{`(?i)[\w.-]{0,50}?(?:access|auth|(?-i:[Aa]pi|API)|credential|creds|key|passw(?:or)?d|secret|token)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}([\w.=-]{10,150}|[a-z0-9][a-z0-9+/]{11,}={0,3})(?:[\x60'"\s;]|\\[nr]|$)`, sample("my_Api_key", " := '", alnum, "'")},
	{`(?i)(?:secret|ſecret)[^\n]{0,10}=\s*"?([0-9a-z]{8,})`, sample("client_\u017fecret = ", alnum)},
	{`\bey[a-zA-Z0-9]{17,}\.ey[a-zA-Z0-9/\\_-]{17,}\.(?:[a-zA-Z0-9/\\_-]{10,}={0,2})?`, sample("e", "y", alnum, ".e", "y", alnum, ".", alnum)},
	{`(?i)\b(sk_(?:live|test)_[0-9a-z]{10,99})(?:['"\s;]|$)`, sample("s", "k_li", "ve_", alnum)},
	{`https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9+/]{43,56}`, sample("https://hooks.sl", "ack.com/services/", alnum[:44])},
	{`://([^:/?#\[\]@!$&'()*+,;=\s]{1,40}):([^:/?#\[\]@\s]{3,40})@`, sample("https://us", "er:pässwörd1@host")},
	{`(?m)^\s*password\s*[:=]\s*(\S+)\s*$`, sample("password", ": ", "hünter2世界\n")},
	{`(?m)^(?:export\s+)?([A-Z_]+)=(.*)$`, sample("export A_B", "=", "é c d\n")},
	{`(?s)<key>(.*?)</key>\s*<string>(.+?)</string>`, sample("<key>a</key>\n<str", "ing>é\nx</string>")},
	{`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`, sample("01234567-89ab-", "cdef-0123-456789abcdef")},
	{`(?i)\b([a-z0-9]{32})\b`, sample(alnum[:32])},
	{`(?:^|[^\w])(\w{20})(?:[^\w]|$)`, sample(alnum[:20])},
	{`[A-Za-z0-9+/]{40,}={0,2}`, sample(alnum, "==")},
	{`\b(?:AIza)[\w-]{35}\b`, sample("AI", "za", alnum[:35])},
	{`SG\.[\w-]{22}\.[\w-]{43}`, sample("S", "G.", alnum[:22], ".", alnum[:43])},
	{`(?i)(?:pass|pwd|token)\w*\s*[:=]+\s*(?P<value>"[^"]*"|'[^']*'|\S+)`, sample("Pa\u017f\u017fword = ", "\"é \\ world\"")},
	{`(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?::\d{1,5})?`, sample("10.0.255.", "1:8080")},
	{`[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}`, sample("a.b+c@exa", "mple.org")},
	{`(?:(?:a|b)?c)*d|e{2,3}?f`, sample("accbcd eeef")},
	{`(?i)^(?:.*/)?(?:node_modules|vendor)/.*$`, sample("src/", "Vendor/a.go")},
	{`(?:\.(?:png|jpe?g|gif)|\.min\.js)$`, sample("a/b", ".min.js")},
	{`^(?i:true|false|null)$`, sample("Tr", "ue")},
	{`(?i)^[a-z-_*]+$`, sample("change", "-me_*")},
	{`[^\x00-\x7F]+`, sample("日本語", "é")},
	{`(?i)(?:ключ|пароль)\s*=\s*(.+)`, sample("ПАРОЛЬ = сек", "рет")},
}
