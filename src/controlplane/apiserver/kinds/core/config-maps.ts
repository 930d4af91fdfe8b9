import { own } from '../../../../base/own.ts'
import type { ConfigMap } from '../../../../kube/objects.ts'
import { forbidden, invalid, maxFieldErrors, tooLong } from '../../../../kube/validation/field-errors.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { defineKind } from '../kind.ts'
import { badKeys, bytesOf, maxDataBytes, sameData } from './data-keys.ts'

/** core/v1 ConfigMap. */
export const configMaps = defineKind<ConfigMap>({
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
  shortNames: ['cm'],
  printer: printer<ConfigMap>(columns(['Name', 'Data', 'Age']), (map, now) => [
    nameOf(map),
    Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length,
    ageOf(map, now),
  ]),
  validate: (map) => [
    ...badKeys('data', map.data),
    ...badKeys('binaryData', map.binaryData),
    ...Object.keys(map.data ?? {})
      .filter((key) => own(map.binaryData, key) !== undefined)
      .slice(0, maxFieldErrors)
      .map((key) => invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')),
    // Of no field: Go writes its empty path so.
    ...(bytesOf(map.data, map.binaryData) > maxDataBytes ? [tooLong('[]', maxDataBytes)] : []),
  ],
  validateUpdate(next, previous) {
    if (!previous.immutable) return []
    const kept = 'field is immutable when `immutable` is set'
    return [
      ...(next.immutable ? [] : [forbidden('immutable', kept)]),
      ...(sameData(next.data, previous.data) ? [] : [forbidden('data', kept)]),
      ...(sameData(next.binaryData, previous.binaryData) ? [] : [forbidden('binaryData', kept)]),
    ]
  },
})
