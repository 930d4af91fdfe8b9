import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const root = new URL('../../', import.meta.url)
const document = readFileSync(new URL('SECURITY.md', root), 'utf8')

/** Rows of the tables, but for those that head them. */
const rows = document.split('\n').filter((line, at, lines) => line.startsWith('| ') && !line.startsWith('| ---') && !lines[at + 1]?.startsWith('| ---'))

/** The tests that a row names: a file, then its titles. */
function namedBy(row: string): { readonly file: string; readonly titles: readonly string[] }[] {
  const parts = row.split(/`(test\/[\w./-]+\.test\.ts)`/).slice(1)
  return parts.flatMap((file, at) => (at % 2 === 0 ? [{ file, titles: [...(parts[at + 1] ?? '').matchAll(/“([^”]+)”/g)].map(([, title = '']) => title) }] : []))
}

/** Whether a line begins a test of that title; `…` stands for what differs from case to case. */
function begins(line: string, title: string): boolean {
  const opened = /\b(?:test|it)\((['"`])/.exec(line)
  if (!opened) return false
  const [, quote = ''] = opened
  let rest = line.slice(opened.index + opened[0].length)
  const pieces = title.split('…')
  if (pieces[0] && !rest.startsWith(pieces[0])) return false
  for (const piece of pieces) {
    const at = rest.indexOf(piece)
    if (at < 0) return false
    rest = rest.slice(at + piece.length)
  }
  return title.endsWith('…') || rest.startsWith(quote)
}

test('every promise of SECURITY.md names its test, and the test is there', () => {
  assert.ok(rows.length > 30, 'the tables were not found')
  for (const row of rows) {
    const named = namedBy(row)
    assert.ok(named.length > 0, `no test is named: ${row.slice(0, 120)}`)
    for (const { file, titles } of named) {
      assert.ok(titles.length > 0, `${file} is named without a title: ${row.slice(0, 120)}`)
      const lines = readFileSync(new URL(file, root), 'utf8').split('\n')
      for (const title of titles)
        assert.ok(
          lines.some((line) => begins(line, title)),
          `${file} has no test ${JSON.stringify(title)}`,
        )
    }
  }
})

test('a title is found in full only', () => {
  const lines = ["test('a b', () => {", `  it(\`\${x} is c\`, () => {`]
  const found = (title: string) => lines.some((line) => begins(line, title))
  assert.deepEqual(['a b', '… is c', 'a', 'b', 'is c', '… is', '… is d', '…'].map(found), [true, true, false, false, false, false, false, true])
})
