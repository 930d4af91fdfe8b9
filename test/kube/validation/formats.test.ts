import assert from 'node:assert/strict'
import { test } from 'node:test'
import { validateConditions } from '../../../src/kube/validation/condition-validation.ts'
import { immutable, notSupportedInOrder, tooMany } from '../../../src/kube/validation/field-errors.ts'
import {
  validateDomainPrefixedPath,
  validateFullyQualifiedDomain,
  validateFullyQualifiedName,
  validatePathSegment,
  validatePort,
  validatePortName,
} from '../../../src/kube/validation/formats.ts'
import { validateLabelSelector } from '../../../src/kube/validation/label-selector-validation.ts'
import { validateName } from '../../../src/kube/validation/names.ts'

const said = (errors: readonly { readonly field: string; readonly message: string }[]) => errors.map(({ field, message }) => `${field}: ${message}`)

test('ports are numbers or names', () => {
  assert.deepEqual([...validatePort('p', 1), ...validatePort('p', 65535), ...validatePortName('p', 'http-2')], [])
  assert.deepEqual(said(validatePort('p', 0)), ['p: Invalid value: 0: must be between 1 and 65535, inclusive'])
  assert.deepEqual(said(validatePortName('p', '12')), ['p: Invalid value: "12": must contain at least one letter (a-z)'])
  assert.deepEqual(said(validatePortName('p', '-a--b')), [
    'p: Invalid value: "-a--b": must not contain consecutive hyphens',
    'p: Invalid value: "-a--b": must not begin or end with a hyphen',
  ])
})

test('names with domains are told by what they lack', () => {
  assert.deepEqual(
    [...validateDomainPrefixedPath('f', 'acme.io/foo/bar'), ...validateFullyQualifiedName('f', 'a.b.c'), ...validateFullyQualifiedDomain('f', 'a.b.')],
    [],
  )
  assert.deepEqual(said(validateDomainPrefixedPath('f', 'foo')), ['f: Invalid value: "foo": must be a domain-prefixed path (such as "acme.io/foo")'])
  assert.deepEqual(said(validateDomainPrefixedPath('f', 'a.io/b c')), [
    "f: Invalid value: \"b c\": Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')",
  ])
  assert.deepEqual(said(validateFullyQualifiedName('f', 'a.b')), ['f: Invalid value: "a.b": should be a domain with at least three segments separated by dots'])
  assert.deepEqual(said(validateFullyQualifiedDomain('f', 'a')), ['f: Invalid value: "a": should be a domain with at least two segments separated by dots'])
  assert.deepEqual(said(validatePathSegment('f', 'a/%')), ['f: Invalid value: "a/%": may not contain \'/\'', 'f: Invalid value: "a/%": may not contain \'%\''])
  assert.deepEqual(said(validatePathSegment('f', '..')), ['f: Invalid value: "..": may not be \'..\''])
  assert.deepEqual(validateName('f', '*.example.com', 'wildcard'), [])
  assert.match(said(validateName('f', 'a.*.com', 'wildcard')).join(), /a wildcard DNS-1123 subdomain must start with '\*\.'/)
})

test('a label selector is checked by its parts', () => {
  assert.deepEqual(validateLabelSelector('s', { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'k', operator: 'In', values: ['v'] }] }), [])
  const wrong = [
    { key: 'k', operator: 'In' },
    { key: 'k', operator: 'Exists', values: ['v'] },
    { key: '', operator: 'Is' },
    { key: 'k', operator: 'NotIn', values: ['a b'] },
  ]
  assert.deepEqual(
    said(validateLabelSelector('s', { matchExpressions: wrong })).map((line) => line.slice(0, 90)),
    [
      "s.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      "s.matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      's.matchExpressions[2].operator: Invalid value: "Is": not a valid selector operator',
      's.matchExpressions[2].key: Invalid value: "": name part must be non-empty',
      's.matchExpressions[3].values[0]: Invalid value: "a b": a valid label must be an empty string or consist',
    ].map((line) => line.slice(0, 90)),
  )
  assert.deepEqual(validateLabelSelector('s', { matchExpressions: [{ key: 'k', operator: 'In', values: ['a b'] }] }, true), [])
})

test('conditions have a type, a status, a time and a reason', () => {
  const good = { type: 'Ready', status: 'True', reason: 'Done', lastTransitionTime: '2026-01-01T00:00:00Z' }
  assert.deepEqual(validateConditions('c', [good]), [])
  assert.deepEqual(said(validateConditions('c', [good, good])), ['c[1]: Duplicate value: "Ready"'])
  assert.deepEqual(said(validateConditions('c', [{}])), [
    'c[0].type: Required value: is required',
    'c[0].status: Required value',
    'c[0].lastTransitionTime: Required value',
    'c[0].reason: Required value',
  ])
  assert.match(said(validateConditions('c', [{ ...good, reason: '9' }])).join(), /^c\[0\]\.reason: Invalid value: "9": a condition reason must start with/)
})

test('errors of lists, of choices and of what may not change', () => {
  assert.deepEqual(said([tooMany('f', 3, 1), tooMany('f', 3, 2)]), ['f: Too many: 3: must have at most 1 item', 'f: Too many: 3: must have at most 2 items'])
  assert.deepEqual(said([notSupportedInOrder('f', 'x', ['b', 'a'])]), ['f: Unsupported value: "x": supported values: "b", "a"'])
  assert.deepEqual(immutable('f', [], undefined), [])
  assert.deepEqual(said(immutable('f', undefined, 'a')), ['f: Invalid value: null: field is immutable'])
})
