import { test } from 'node:test'
import { rows } from './table.ts'

test('operators compute with int64, uint64 and doubles, and say when they overflow', () => {
  rows([
    ['1 + 2 * 3 - 4', 3],
    ['7 / 2', 3],
    ['-7 / 2', -3],
    ['-7 % 3', -1],
    ['7.0 / 2.0', 3.5],
    ['2u + 3u == 5u', true],
    ['1u - 2u', 'error: unsigned integer overflow'],
    ['9223372036854775807 + 1', 'error: integer overflow'],
    ['-9223372036854775808 - 1', 'error: integer overflow'],
    ['-(-9223372036854775808)', 'error: integer overflow'],
    ['9223372036854775807 * 2', 'error: integer overflow'],
    ['1 / 0', 'error: division by zero'],
    ['1 % 0', 'error: modulus by zero'],
    ['1.0 / 0.0 > 1.0', true],
    ['0x1F', 31],
    ["'a' + 'b'", 'ab'],
    ["b'a' + b'b' == b'ab'", true],
    ['[1] + [2, 3]', [1, 2, 3]],
    ['!true || true && !false', true],
    ['!!true', true],
    ['1 < 2 ? "yes" : "no"', 'yes'],
  ])
})

test('numbers of different types are compared by value', () => {
  rows([
    ['1 < 1.5', true],
    ['dyn(1) == dyn(1.0)', true],
    ['dyn(1u) == dyn(1)', true],
    ['1u <= 1', true],
    ['9007199254740993 > 9007199254740992.0', true],
    ['dyn(1) in [1u, 2u]', true],
    ['"a" < "b" && b"a" < b"b" && false < true', true],
    ['double("NaN") == double("NaN")', false],
    ['double("NaN") < 1.0', false],
  ])
})

test('an error on one side of || and && does not matter when the other decides', () => {
  rows([
    ['1 / x == 1 || true', true, { x: 0 }],
    ['true || 1 / x == 1', true, { x: 0 }],
    ['1 / x == 1 && false', false, { x: 0 }],
    ['1 / x == 1 || false', 'error: division by zero', { x: 0 }],
    ['[0, 1].exists(i, 1 / i == 1)', true],
    ['[0, 1].all(i, 1 / i == 2)', false],
    ['[0, 2].exists(i, 1 / i == 1)', 'error: division by zero'],
  ])
})

test('macros go through lists and maps, with one and two variables', () => {
  const m = { a: 1, b: 2 }
  rows([
    ['[1, 2, 3].all(i, i > 0)', true],
    ['[1, 2, 3].exists(i, i == 2)', true],
    ['[1, 2, 2].exists_one(i, i == 2)', false],
    ['[1, 2].exists_one(i, i == 2)', true],
    ['[1, 2, 3].map(i, i * 2)', [2, 4, 6]],
    ['[1, 2, 3].map(i, i > 1, i * 2)', [4, 6]],
    ['[1, 2, 3].filter(i, i != 2)', [1, 3]],
    ['m.all(k, k.size() == 1)', true, { m }],
    ['m.map(k, m[k])', [1, 2], { m }],
    ['m.filter(k, m[k] > 1)', ['b'], { m }],
    ['[1, 2].all(i, v, i + 1 == v)', true],
    ['m.exists(k, v, k == "b" && v == 2)', true, { m }],
    ['[5, 6].existsOne(i, v, v == 6 && i == 1)', true],
    ['[5, 6].transformList(i, v, i + v)', [5, 7]],
    ['[5, 6].transformList(i, v, i > 0, v)', [6]],
    ['m.transformMap(k, v, v * 10)', { a: 10, b: 20 }, { m }],
    ['m.transformMap(k, v, v > 1, v)', { b: 2 }, { m }],
    ['m.transformMapEntry(k, v, {string(v): k})', { 1: 'a', 2: 'b' }, { m }],
    [
      '[1, 2].map(i, [10, 20].map(j, i * j))',
      [
        [10, 20],
        [20, 40],
      ],
    ],
    ['cel.bind(t, x + 1, t * t)', 9, { x: 2 }],
    ['[1, 1].transformMapEntry(i, v, {v: i})', 'error: insert failed: key 1 already exists'],
  ])
})

test('fields are there or not, and what is not there cannot be read', () => {
  const self = { name: 'a', nested: {}, labels: { 'k8s.io/a': 'b' }, any: { deep: [1, 2.5, 'x', null, { y: true }] } }
  rows([
    ['has(self.name)', true, { self }],
    ['has(self.replicas)', false, { self }],
    ['has(self.nested.a)', false, { self }],
    ['self.replicas', 'error: no such key: replicas', { self }],
    ['self.labels["k8s.io/a"]', 'b', { self }],
    ['"c" in self.labels', false, { self }],
    ['self.labels["c"]', 'error: no such key: c', { self }],
    ['self.any.deep[1]', 2.5, { self }],
    ['type(self.any.deep[0]) == int', true, { self }],
    ['type(self.any.deep[3]) == null_type', true, { self }],
    ['self.any.deep[9]', 'error: index out of bounds: 9', { self }],
    ['self.any.deep[4].y', true, { self }],
    ['self.any.deep.y', 'error: no such overload', { self }],
    ['has(self.labels.constructor)', false, { self }],
  ])
})

test('optional values are chained, taken and put in', () => {
  const self = { name: 'a', list: [1], labels: { a: 'b' } }
  rows([
    ['self.?replicas.hasValue()', false, { self }],
    ['self.?name.value()', 'a', { self }],
    ['self.?nested.a.orValue(7)', 7, { self }],
    ['self.?nested.?a.orValue(7)', 7, { self }],
    ['self.list[?0].orValue(9)', 1, { self }],
    ['self.list[?5].orValue(9)', 9, { self }],
    ['self.labels[?"z"].or(optional.of("q")).value()', 'q', { self }],
    ['[1, ?optional.none(), ?optional.of(3)]', [1, 3]],
    ['{"a": 1, ?"b": optional.none()}', { a: 1 }],
    ['optional.of(2).optMap(v, v * 2).value()', 4],
    ['optional.none().optFlatMap(v, optional.of(1)).hasValue()', false],
    ['optional.none().value()', 'error: optional.none() dereference'],
    ['optional.ofNonZeroValue("").hasValue()', false],
  ])
})

test('texts are read as they are escaped', () => {
  rows([
    ["'\\u00e9\\n\\x41\\101\\U0001F600'", 'é\nAA😀'],
    ["r'\\n'", '\\n'],
    ["'''a'b\n'''", "a'b\n"],
    ['b"\\xff".size()', 1],
    ['"😀".size()', 1],
  ])
})

test('values are converted, and what cannot be is an error', () => {
  rows([
    ['int("12") + int(2.9) + int(3u)', 17],
    ['int("x")', 'error: strconv.ParseInt: parsing "x": invalid syntax'],
    ['int(1e30)', 'error: integer overflow'],
    ['string(1) + string(true) + string(2.5)', '1true2.5'],
    ['double("1e3")', 1000],
    ['bool("t")', true],
    ['string(b"abc")', 'abc'],
    ['string(b"\\xff")', 'error: invalid UTF-8 in bytes, cannot convert to string'],
    ['timestamp("2024-02-29T10:00:00.5Z") + duration("1h30m") == timestamp("2024-02-29T11:30:00.5Z")', true],
    ['string(timestamp("2024-02-29T12:00:00+02:00"))', '2024-02-29T10:00:00Z'],
    ['timestamp("2024-02-29T10:00:00Z").getHours("+02:00")', 12],
    ['timestamp("2024-02-29T10:00:00Z").getDayOfYear()', 59],
    ['timestamp("2024-07-01T10:00:00Z").getHours("Europe/Berlin")', 12],
    ['duration("90m").getHours()', 1],
    ['string(duration("1m30s"))', '90s'],
    ['duration("x")', 'error: time: invalid duration "x"'],
    ['type(duration("1s")) == google.protobuf.Duration', true],
    ['type([1]) == list && type({}) == map && type("") == string && type(type(1)) == type', true],
  ])
})
