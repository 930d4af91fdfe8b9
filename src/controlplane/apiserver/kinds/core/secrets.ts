import { putOwn } from '../../../../base/own.ts'
import type { Secret } from '../../../../kube/objects.ts'
import { forbidden, immutable, tooLong } from '../../../../kube/validation/field-errors.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { defineKind } from '../kind.ts'
import { badKeys, bytesOf, maxDataBytes, sameData } from './data-keys.ts'
import { validateSecretType } from './secret-types.ts'

/** core/v1 Secret; `stringData` is written only. */
export const secrets = defineKind<Secret>({
  resource: 'secrets',
  kind: 'Secret',
  namespaced: true,
  printer: printer<Secret>(columns(['Name', 'Type', 'Data', 'Age']), (secret, now) => [
    nameOf(secret),
    secret.type ?? '',
    Object.keys(secret.data ?? {}).length,
    ageOf(secret, now),
  ]),
  fields: ({ type }) => ({ type: type ?? '' }),
  defaults(secret) {
    secret.type ||= 'Opaque'
    if (secret.stringData) secret.data = { ...secret.data }
    for (const [key, value] of Object.entries(secret.stringData ?? {})) putOwn(secret.data ?? {}, key, Buffer.from(value).toString('base64'))
    delete secret.stringData
  },
  validate(secret) {
    const errors = badKeys('data', secret.data)
    if (bytesOf(undefined, secret.data) > maxDataBytes) errors.push(tooLong('data', maxDataBytes))
    errors.push(...validateSecretType(secret))
    return errors
  },
  validateUpdate(next, previous) {
    const errors = immutable('type', next.type, previous.type)
    if (!previous.immutable) return errors
    if (!next.immutable) errors.push(forbidden('immutable', 'field is immutable when `immutable` is set'))
    if (!sameData(next.data, previous.data)) errors.push(forbidden('data', 'field is immutable when `immutable` is set'))
    return errors
  },
})
