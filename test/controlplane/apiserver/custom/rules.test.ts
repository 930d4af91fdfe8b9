import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RuleSet } from '../../../../src/controlplane/apiserver/custom/rules/rule-set.ts'
import type { JsonSchema, ValidationRule } from '../../../../src/controlplane/apiserver/custom/schema/json-schema.ts'
import { validateSchema } from '../../../../src/controlplane/apiserver/custom/schema/validate-schema.ts'
import { aDefinition, aWidget, causesOf, customBackend, specOf, widget, widgets } from './widgets.ts'

const text = ({ field, message }: { field: string; message: string }) => `${field}: ${message}`
const rules = (...list: readonly ValidationRule[]) => ({ 'x-kubernetes-validations': list })
const sized: JsonSchema = { type: 'object', properties: { min: { type: 'integer' }, max: { type: 'integer' } } }

for (const [what, schema, value, ...expected] of [
  [
    'the rule itself is told where there is no message',
    { ...sized, ...rules({ rule: 'self.min <= self.max' }) },
    { min: 2, max: 1 },
    '<nil>: Invalid value: failed rule: self.min <= self.max',
  ],
  [
    'a message',
    { ...sized, ...rules({ rule: 'self.min <= self.max', message: ' min is above max ' }) },
    { min: 2, max: 1 },
    '<nil>: Invalid value: min is above max',
  ],
  [
    'a message that is computed',
    { ...sized, ...rules({ rule: 'self.min <= self.max', messageExpression: '"min " + string(self.min) + " is above " + string(self.max)' }) },
    { min: 2, max: 1 },
    '<nil>: Invalid value: min 2 is above 1',
  ],
  [
    'a message that cannot be computed gives way to the plain one',
    { ...sized, ...rules({ rule: 'self.min < 0', message: 'plain', messageExpression: 'string(self.max)' }) },
    { min: 2 },
    '<nil>: Invalid value: plain',
  ],
  [
    'a reason and a field',
    { ...sized, ...rules({ rule: 'has(self.min)', message: 'is needed', reason: 'FieldValueRequired', fieldPath: '.min' }) },
    { max: 1 },
    'min: Required value: is needed',
  ],
  [
    'a value that is no object is shown',
    { type: 'object', properties: { n: { type: 'integer', ...rules({ rule: 'self % 2 == 0', message: 'must be even' }) } } },
    { n: 3 },
    'n: Invalid value: 3: must be even',
  ],
  [
    'items and values, each by its place',
    {
      type: 'object',
      properties: { list: { type: 'array', items: { type: 'string', ...rules({ rule: 'self.startsWith("a")' }) } } },
      ...rules({ rule: 'self.list.size() < 2', message: 'too many' }),
    },
    { list: ['a', 'b'] },
    '<nil>: Invalid value: too many',
    'list[1]: Invalid value: "b": failed rule: self.startsWith("a")',
  ],
  [
    'a field that is missing',
    { ...sized, ...rules({ rule: 'self.min > 0' }) },
    {},
    '<nil>: Invalid value: "object": no such key: min evaluating rule: self.min > 0',
  ],
  [
    'what is null is left to what is around it',
    { type: 'object', properties: { n: { type: 'integer', nullable: true, ...rules({ rule: 'self > 0' }) } } },
    { n: null },
  ],
  [
    'fields whose names are no names in expressions go by others',
    { type: 'object', properties: { 'foo-bar': { type: 'integer' } }, ...rules({ rule: 'self.foo__dash__bar == 1' }) },
    { 'foo-bar': 1 },
  ],
] as const satisfies readonly (readonly [string, JsonSchema, unknown, ...string[]])[])
  test(`rules: ${what}`, () => {
    assert.deepEqual(new RuleSet(schema, false).validate(value).map(text), expected)
  })

test('a transition rule compares with what was before, and says nothing of a new object', () => {
  const set = new RuleSet({ ...sized, ...rules({ rule: 'self.max >= oldSelf.max', message: 'may only grow' }) }, false)
  assert.deepEqual(set.validate({ max: 1 }), [])
  assert.deepEqual(set.validate({ max: 2 }, { max: 1 }), [])
  assert.deepEqual(set.validate({ max: 1 }, { max: 2 }).map(text), ['<nil>: Invalid value: may only grow'])
})

test('with optionalOldSelf a transition rule is asked of a new object too', () => {
  const set = new RuleSet({ ...sized, ...rules({ rule: 'oldSelf.hasValue() || self.max == 1', optionalOldSelf: true, message: 'begins with 1' }) }, false)
  assert.deepEqual(set.validate({ max: 2 }).map(text), ['<nil>: Invalid value: begins with 1'])
  assert.deepEqual(set.validate({ max: 2 }, { max: 1 }), [])
  const scalar = new RuleSet({ type: 'integer', ...rules({ rule: 'self == oldSelf.orValue(7)', optionalOldSelf: true }) }, false)
  assert.deepEqual([scalar.validate(7).length, scalar.validate(7, 8).length, scalar.validate(8, 8).length], [0, 1, 0])
})

test('items of a map list are compared with those of the same keys', () => {
  const item: JsonSchema = {
    type: 'object',
    required: ['k'],
    properties: { k: { type: 'string' }, v: { type: 'integer' } },
    ...rules({ rule: 'self.v == oldSelf.v', message: 'is fixed' }),
  }
  const list: JsonSchema = { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'], items: item }
  const set = new RuleSet(list, false)
  assert.deepEqual(
    set
      .validate(
        [
          { k: 'b', v: 2 },
          { k: 'new', v: 9 },
          { k: 'a', v: 3 },
        ],
        [
          { k: 'a', v: 1 },
          { k: 'b', v: 2 },
        ],
      )
      .map(text),
    ['[2]: Invalid value: is fixed'],
  )
})

test('a rule that was broken before is let pass while what it is about stays as it was', () => {
  const set = new RuleSet(
    { type: 'object', properties: { a: { ...sized, ...rules({ rule: 'self.min <= self.max', message: 'no' }) }, b: { type: 'integer' } } },
    false,
  )
  const old = { a: { min: 2, max: 1 }, b: 1 }
  assert.deepEqual(set.validate({ ...old, b: 2 }, old), [])
  assert.deepEqual(set.validate({ a: { min: 3, max: 1 }, b: 1 }, old).map(text), ['a: Invalid value: no'])
})

test('rules that cost too much end, and say so', () => {
  const list: JsonSchema = { type: 'array', items: { type: 'string' }, ...rules({ rule: 'self.all(x, self.all(y, self.all(z, x != y || y != z || true)))' }) }
  const [error] = new RuleSet(list, false).validate(Array.from({ length: 500 }, (_, index) => `item-${index}`))
  assert.match(
    error?.message ?? '',
    /^Invalid value: "array": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule/,
  )
})

for (const [rule, expected] of [
  [
    { rule: 'self.nope == 1' },
    /^s\.x-kubernetes-validations\[0\]\.rule: Invalid value: \{"Rule":"self\.nope == 1",.*: compilation failed: ERROR: <input>:1:5: undefined field 'nope'/s,
  ],
  [{ rule: 'self.min' }, /: cel expression must evaluate to a bool$/],
  [{ rule: 'true', messageExpression: '1' }, /messageExpression: Invalid value: .*: messageExpression must evaluate to a string$/],
  [{ rule: 'true', optionalOldSelf: true }, /optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule$/],
  [{ rule: '' }, /rule: Required value: rule is not specified$/],
  [
    { rule: 'true', reason: 'Because' as never },
    /reason: Unsupported value: "Because": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"$/,
  ],
  [{ rule: 'true', fieldPath: '.nope' }, /fieldPath: Invalid value: "\.nope": must be a valid path$/],
  [{ rule: 'true\n&& true' }, /message: Required value: message must be specified if rule contains line breaks$/],
] as const)
  test(`a definition with the rule ${JSON.stringify(rule)} is refused`, () => {
    const errors = validateSchema({ ...sized, ...rules(rule) }, 's', false).map(text)
    assert.equal(errors.length, 1)
    assert.match(errors[0] ?? '', expected)
  })

test('a transition rule cannot be of items that are not the same things from one state to the next', () => {
  const schema: JsonSchema = { type: 'object', properties: { list: { type: 'array', items: { type: 'integer', ...rules({ rule: 'self >= oldSelf' }) } } } }
  assert.deepEqual(validateSchema(schema, 's', false).map(text), [
    's.properties[list].items.x-kubernetes-validations[0].rule: Invalid value: "self >= oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within s.properties[list]',
  ])
})

test('a default that breaks a rule is refused with the definition', () => {
  const schema: JsonSchema = {
    type: 'object',
    properties: { n: { type: 'integer', default: 3, ...rules({ rule: 'self % 2 == 0', message: 'must be even' }) } },
  }
  assert.deepEqual(validateSchema(schema, 's', false).map(text), ['s.properties[n].default: Invalid value: 3: must be even'])
})

test('rules see the defaults, the name of the object and its status, and are told apart from an object that is unfit for them', async () => {
  await using cluster = await customBackend()
  const schema = specOf({ size: { type: 'integer', default: 1 } }, rules({ rule: 'self.size < 5', message: 'too large' }), {
    ...rules({ rule: 'self.metadata.name.startsWith("w")', message: 'must be called so' }),
    properties: { status: { type: 'object', properties: { size: { type: 'integer' } }, ...rules({ rule: 'self.size >= oldSelf.size', message: 'grows' }) } },
  })
  await cluster.define(aDefinition(schema, { version: { subresources: { status: {} } } }))
  assert.deepEqual(await causesOf(cluster.backend.create(widgets, aWidget('a', { size: 7 }))), [
    '<nil>: Invalid value: must be called so',
    'spec: Invalid value: too large',
  ])
  assert.deepEqual(await causesOf(cluster.backend.create(widgets, aWidget('a', { size: 'x' }))), [
    'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
    '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  ])
  await cluster.backend.create(widgets, aWidget('w', {}))
  const status = (size: number) => cluster.backend.patch(widget('w'), 'application/merge-patch+json', { status: { size } }, { subresource: 'status' })
  await status(3)
  assert.deepEqual(await causesOf(status(2)), ['status: Invalid value: grows'])
})
