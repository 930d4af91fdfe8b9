// apiserver/pkg/cel/escaping.go: words of the language, which a field may not be called in an expression.
const words = new Set('true false null in as break const continue else for function if import let loop package namespace return var void while'.split(' '))

const signs: Readonly<Record<string, string>> = { __: '__underscores__', '.': '__dot__', '-': '__dash__', '/': '__slash__' }

/** How a JSON field is called in an expression: `foo-bar` is `foo__dash__bar`. Undefined when it cannot be called at all. */
export function fieldName(json: string): string | undefined {
  if (words.has(json)) return `__${json}__`
  if (!/^[A-Za-z_][A-Za-z0-9_./-]*$/.test(json)) return undefined
  return json.replace(/__|[./-]/g, (sign) => signs[sign] ?? sign)
}
