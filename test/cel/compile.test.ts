import assert from 'node:assert/strict'
import { test } from 'node:test'
import { environment } from '../../src/cel/environment.ts'
import { compile } from '../../src/cel/program.ts'
import { schemaType } from '../../src/cel/schema/schema-type.ts'
import { dyn } from '../../src/cel/types/types.ts'
import { fault, value } from './table.ts'

const expected = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

const faults: readonly (readonly [expression: string, message: string])[] = [
  ['self.nosuch', "ERROR: <input>:1:5: undefined field 'nosuch'\n | self.nosuch\n | ....^"],
  ['nosuch == 1', "ERROR: <input>:1:1: undeclared reference to 'nosuch' (in container '')\n | nosuch == 1\n | ^"],
  ['x ==\n  "a"', "ERROR: <input>:1:3: found no matching overload for '_==_' applied to '(int, string)'\n | x ==\n | ..^"],
  ['s.charAt("a")', "ERROR: <input>:1:9: found no matching overload for 'charAt' applied to 'string.(string)'\n | s.charAt(\"a\")\n | ........^"],
  ['1 +', `ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' expecting ${expected}\n | 1 +\n | ...^`],
  ['foo(1)', "ERROR: <input>:1:4: undeclared reference to 'foo' (in container '')\n | foo(1)\n | ...^"],
  ['[1, "a"]', "ERROR: <input>:1:5: expected type 'int' but found 'string'\n | [1, \"a\"]\n | ....^"],
  ['x.y', "ERROR: <input>:1:2: type 'int' does not support field selection\n | x.y\n | .^"],
  [
    'x.all(i, true)',
    "ERROR: <input>:1:1: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)\n | x.all(i, true)\n | ^",
  ],
  ['numbers.all(i, i)', "ERROR: <input>:1:12: found no matching overload for '_&&_' applied to '(bool, int)'\n | numbers.all(i, i)\n | ...........^"],
  ['has(x)', 'ERROR: <input>:1:5: invalid argument to has() macro\n | has(x)\n | ....^'],
  ['x ? 1 : 2', "ERROR: <input>:1:3: found no matching overload for '_?_:_' applied to '(int, int, int)'\n | x ? 1 : 2\n | ..^"],
  ['@', "ERROR: <input>:1:1: Syntax error: token recognition error at: '@'\n | @\n | ^"],
  ['1)', "ERROR: <input>:1:2: Syntax error: extraneous input ')' expecting <EOF>\n | 1)\n | .^"],
  ['99999999999999999999', 'ERROR: <input>:1:1: invalid int literal\n | 99999999999999999999\n | ^'],
]

test('what does not compile is told in the words of cel-go, with its place', () => {
  for (const [expression, message] of faults) assert.equal(fault(expression), message, expression)
})

test('every fault is told, each with its place', () => {
  assert.equal(
    fault('a == b')
      .split('\n')
      .filter((line) => line.startsWith('ERROR')).length,
    2,
  )
})

test('an expression that is nested without end is refused', () => {
  assert.match(fault(`${'('.repeat(300)}1${')'.repeat(300)}`), /expression recursion limit exceeded: 250/)
  assert.equal(value(Array.from({ length: 2000 }, () => 'true').join(' && ')), true)
})

test('a call that goes beyond its cost ends, and nothing outweighs that', () => {
  const world = environment({ self: dyn })
  const self = Array.from({ length: 300 }, (_, index) => index)
  const outcome = compile('self.all(a, self.all(b, self.all(c, a + b + c >= 0))) || true', world).evaluate({ self })
  assert.equal(outcome.kind, 'error')
  assert.ok(outcome.kind === 'error' && outcome.budget)
  assert.equal(outcome.kind === 'error' && outcome.message, 'operation cancelled: actual cost limit exceeded')
  assert.ok(outcome.cost < 1_100_000)
})

test('what an evaluation costs grows with what it reads', () => {
  const world = environment({ self: dyn })
  const cost = (expression: string, self: unknown) => compile(expression, world).evaluate({ self }).cost
  assert.equal(cost('self == "a"', 'a'), 2)
  assert.equal(cost('self.a.b', { a: { b: 1 } }), 3)
  assert.equal(cost('true || self', 1), 0)
  assert.ok(cost('self.contains("x")', 'a'.repeat(1000)) >= 100)
  assert.ok(cost('self.all(i, i > 0)', [1, 2, 3]) > cost('self.all(i, i > 0)', [1]))
})

test('the same expression in the same environment is compiled once', () => {
  const world = environment({ self: dyn })
  assert.equal(compile('self.a', world), compile('self.a', world))
})

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        replicas: { type: 'integer' },
        ratio: { type: 'number' },
        'foo-bar': { type: 'string' },
        namespace: { type: 'string' },
        when: { type: 'string', format: 'date-time' },
        period: { type: 'string', format: 'duration' },
        port: { 'x-kubernetes-int-or-string': true },
        tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
        parts: {
          type: 'array',
          items: { type: 'object', properties: { name: { type: 'string' }, n: { type: 'integer' } } },
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
        },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
  },
} as const

test('a schema tells the types of an object, and how its fields are called', () => {
  const world = environment({ self: schemaType(schema, 'object', true), oldSelf: schemaType(schema, 'object', true) })
  const self = {
    metadata: { name: 'a' },
    spec: {
      replicas: 2,
      ratio: 1,
      'foo-bar': 'b',
      namespace: 'n',
      when: '2024-01-01T00:00:00Z',
      period: '90s',
      port: 80,
      tags: ['a', 'b'],
      parts: [{ name: 'x', n: 1 }],
      labels: { a: 'b' },
    },
  }
  const oldSelf = {
    spec: {
      tags: ['b', 'a'],
      parts: [
        { name: 'y', n: 2 },
        { name: 'x', n: 0 },
      ],
    },
  }
  const holds = (expression: string) => {
    const outcome = compile(expression, world).evaluate({ self, oldSelf })
    assert.deepEqual(outcome.kind === 'value' ? outcome.value : outcome, true, expression)
  }
  holds('self.metadata.name == "a" && self.spec.replicas == 2')
  holds('type(self.spec.ratio) == double && self.spec.ratio / 2.0 == 0.5')
  holds('self.spec.foo__dash__bar == "b" && self.spec.__namespace__ == "n"')
  holds('self.spec.when.getFullYear() == 2024 && self.spec.period > duration("1m")')
  holds('self.spec.port == 80 && type(self.spec.port) == int')
  holds('self.spec.tags == oldSelf.spec.tags')
  holds('(self.spec.tags + ["b", "c"]).size() == 3')
  holds('(oldSelf.spec.parts + self.spec.parts).map(p, p.n) == [2, 1]')
  holds('self.spec.labels.all(k, k == "a")')
  assert.throws(() => compile('self.spec.replicas == "a"', world), /found no matching overload for '_==_' applied to '\(int, string\)'/)
  assert.throws(() => compile('self.metadata.labels', world), /undefined field 'labels'/)
})
