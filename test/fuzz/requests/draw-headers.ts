import type { Random } from '../../../src/engine/simulated/random.ts'
import { oneIn, pick } from '../draw.ts'
import type { Caller } from './stage.ts'

/** Pairs of a query that some door knows, or chokes on. */
export const parameters = [
  ...[
    'command=id',
    'output=1',
    'error=1',
    'input=1',
    'tty=1',
    'cmd=id',
    'port=80',
    'follow=true',
    'tailLines=-1',
    'limitBytes=x',
    'sinceTime=x',
    'container=c',
    'verbose',
  ],
  ...[
    'watch=1',
    'watch=x',
    'limit=1',
    'limit=-1',
    'limit=9999999999999999999',
    'continue=e30',
    'continue=%zz',
    'resourceVersion=1',
    'resourceVersion=x',
    'resourceVersion=0',
  ],
  ...[
    'fieldSelector=spec.signerName%3Dx',
    'fieldSelector=constructor%3Dx',
    'fieldSelector=metadata.name%3Dsecret',
    'fieldSelector=spec.nodeName%3Dn1',
    'fieldSelector=%5C',
  ],
  ...[
    'labelSelector=constructor',
    'labelSelector=a%20in%20(',
    'labelSelector=%21%21',
    'fieldManager=x',
    'fieldValidation=Strict',
    'fieldValidation=x',
    'dryRun=All',
    'dryRun=x',
  ],
  ...[
    'sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
    'timeoutSeconds=1',
    'timeoutSeconds=-1',
    'gracePeriodSeconds=0',
    'force=true',
    'includeObject=Object',
    'pretty=true',
  ],
  ...[
    'num_stats=1',
    'count=-1',
    'type=docker',
    'recursive=true',
    'max_age=1x',
    'stream=true',
    'all_events=true',
    'row=node',
    'pod=u1',
    'only_cpu_and_memory=true',
    'a;b',
    '%zz',
    '=',
    '&&',
  ],
]

/** A selector by fields or labels that some kind has, or none. */
export function selector(random: Random): string {
  const what = pick(random, ['fieldSelector', 'labelSelector'])
  const field = pick(random, [
    'metadata.name',
    'metadata.namespace',
    'spec.nodeName',
    'spec.signerName',
    'status.phase',
    'type',
    'reason',
    'toString',
    'a/b',
    '',
  ])
  return `${what}=${encodeURIComponent(`${field}${pick(random, ['=', '==', '!=', ' in (', ''])}${pick(random, ['x', 'n1', 'secret', '', '\\', ',', 'a,b=c'])}`)}`
}

/** Header lines, with the caller's token if there is one. */
export function headersFor(random: Random, { token }: Caller): string[] {
  const some = (header: string, every: number) => (oneIn(random, every) ? [header] : [])
  return [
    ...(token
      ? [`Authorization: Bearer ${token}`]
      : some(
          pick(random, ['Authorization: Bearer x.y.z', 'Authorization: Bearer', 'Authorization: Basic eDp5', 'Authorization: bearer abcdef.0123456789abcdef']),
          10,
        )),
    ...some(
      `Accept: ${pick(random, ['application/json', 'application/yaml', 'application/json;as=Table;v=v1;g=meta.k8s.io', 'application/vnd.kubernetes.protobuf', '*/*', ';;,,', 'text/html'])}`,
      3,
    ),
    ...some(
      pick(random, [
        'Accept-Encoding: gzip',
        'Range: bytes=0-1',
        'Range: bytes=9-1',
        'Range: bytes=-',
        'If-Modified-Since: x',
        'If-None-Match: *',
        'User-Agent: ',
        'X-Forwarded-For: 1',
      ]),
      4,
    ),
    ...some(`Impersonate-User: ${pick(random, ['admin', 'system:node:n1', 'system:serviceaccount:default:default', 'system:serviceaccount::', '\xff'])}`, 12),
    ...some(pick(random, ['Impersonate-Group: system:masters', 'Impersonate-Uid: 1', 'Impersonate-Extra-%zz: 1', 'Impersonate-Extra-: 1']), 15),
    ...some('Expect: 100-continue', 30),
  ]
}

/** Ways to ask to leave HTTP behind. */
export const upgrades = [
  ['Connection: Upgrade', 'Upgrade: SPDY/3.1', 'X-Stream-Protocol-Version: v4.channel.k8s.io'],
  ['Connection: Upgrade', 'Upgrade: SPDY/3.1', 'X-Stream-Protocol-Version: none'],
  [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: v5.channel.k8s.io',
  ],
  ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x', 'Sec-WebSocket-Version: 1', 'Sec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io'],
  ['Connection: Upgrade', 'Upgrade: h2c, x'],
]
