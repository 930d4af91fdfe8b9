import type { Random } from '../../../src/engine/simulated/random.ts'
import { bytes, integer, oneIn, pick } from '../draw.ts'
import type { Door } from './stage.ts'

const kubelet = [
  ...[
    '/healthz',
    '/healthz/ping',
    '/pods',
    '/runningpods/',
    '/metrics',
    '/metrics/cadvisor',
    '/stats/summary',
    '/configz',
    '/logs/',
    '/logs/syslog',
    '/logs/link',
  ],
  ...[
    '/logs/../outside',
    '/containerLogs/default/p/c',
    '/run/default/p/c',
    '/run/default/p/u/c',
    '/exec/default/p/c',
    '/attach/default/p/c',
    '/portForward/default/p',
  ],
  ...['/checkpoint/default/p/c', '/debug/flags/v', '/debug/pprof/', '/', '/statusz', '/flagz', '/none'],
]
const resources = [
  ...[
    'pods',
    'nodes',
    'secrets',
    'configmaps',
    'events',
    'services',
    'endpoints',
    'namespaces',
    'serviceaccounts',
    'persistentvolumes',
    'persistentvolumeclaims',
  ],
  ...['constructor', 'bindings', 'nothing'],
]
const groups = [
  ...['coordination.k8s.io/v1/leases', 'storage.k8s.io/v1/csinodes', 'storage.k8s.io/v1/csidrivers', 'certificates.k8s.io/v1/certificatesigningrequests'],
  ...[
    'authentication.k8s.io/v1/tokenreviews',
    'authentication.k8s.io/v1/selfsubjectreviews',
    'authorization.k8s.io/v1/subjectaccessreviews',
    'metrics.k8s.io/v1beta1/pods',
  ],
  ...[
    'authorization.k8s.io/v1/selfsubjectrulesreviews',
    'events.k8s.io/v1/events',
    'node.k8s.io/v1/runtimeclasses',
    'discovery.k8s.io/v1/endpointslices',
    'none/v1/x',
  ],
]
const names = ['p', 'n1', 'secret', 'map', 'default', 'constructor', '__proto__', '..', 'x y', 'a,b', 'https:n1:10250']
const subresources = [
  'status',
  'log',
  'exec',
  'attach',
  'portforward',
  'proxy',
  'proxy/metrics',
  'token',
  'eviction',
  'binding',
  'approval',
  'finalize',
  'resize',
  'none',
]

/** Where all objects of a kind are. */
export function collectionPath(random: Random): string {
  return oneIn(random, 2) ? `/api/v1/${pick(random, resources)}` : `/apis/${pick(random, groups)}`
}

function apiPath(random: Random): string {
  if (oneIn(random, 8))
    return pick(random, ['/', '/api', '/apis', '/version', '/healthz', '/livez', '/readyz', '/openapi/v3', '/openapi/v3/api/v1', '/apis/apps', '/metrics'])
  const grouped = oneIn(random, 3) ? pick(random, groups) : undefined
  const [group, version, resource] = grouped?.split('/') ?? ['', 'v1', pick(random, resources)]
  const root = grouped ? `/apis/${group}/${version}` : '/api/v1'
  const watch = oneIn(random, 12) ? '/watch' : ''
  const within = oneIn(random, 3) ? '' : `/namespaces/${pick(random, ['default', 'kube-node-lease', 'kube-system', 'none'])}`
  const name = oneIn(random, 2) ? '' : `/${pick(random, names)}`
  const below = name && oneIn(random, 2) ? `/${pick(random, subresources)}` : ''
  return `${root}${watch}${within}/${resource}${name}${below}`
}

const cadvisor = [
  ...[
    '/',
    '/healthz',
    '/metrics',
    '/api',
    '/api/v1.3/machine',
    '/api/v1.3/containers/',
    '/api/v1.3/docker/x',
    '/api/v1.3/events',
    '/api/v2.1/stats',
    '/api/v2.1/spec/x',
  ],
  ...[
    '/api/v2.0/ps',
    '/api/v2.1/storage',
    '/live/history',
    '/live/storage',
    '/live/sparklines',
    '/live/actors',
    '/live/events',
    '/containers/',
    '/docker/',
    '/uplot.js',
  ],
]

/** A path of what the door serves, mostly. */
export function pathFor(random: Random, { name }: Door): string {
  if (oneIn(random, 20)) return pick(random, [...kubelet, ...cadvisor, apiPath(random)])
  if (name === '6443') return apiPath(random)
  return pick(random, name === '4194' ? cadvisor : kubelet)
}

/** The same path written otherwise, or one that only looks like it. */
export function disguised(random: Random, path: string): string {
  switch (integer(random, 0, 17)) {
    case 0:
      return path.replace(/[a-zA-Z]/g, (letter) => (oneIn(random, 3) ? `%${letter.charCodeAt(0).toString(16)}` : letter))
    case 1:
      return path.replaceAll('/', () => (oneIn(random, 2) ? pick(random, ['//', '/./', '%2f', '%2F', '/x/../', '/%2e/', '\\', '/;/', '%252f']) : '/'))
    case 2:
      return `${pick(random, ['http://127.0.0.1', 'https://evil.example', 'http://', 'ftp://u:p@h:1', 'HTTP://[::1]:1'])}${path}`
    case 3:
      return `${path}${pick(random, ['/', '//', '/.', '/..', '%', '%0', '%zz', '%00', '%ff', ';a=b', '#a', '%23', '%3f', '?', '%0d%0a', '~', "'", '*'])}`
    case 4:
      return pick(random, [
        '*',
        '//',
        '///',
        '/..',
        '/%2e%2e',
        '/.',
        '?',
        '/?',
        '%2f',
        'x',
        `/${'a/'.repeat(integer(random, 1, 3000))}`,
        `/${'%41'.repeat(integer(random, 1, 3000))}`,
      ])
    case 5:
      return `/${bytes(random, integer(random, 0, 40))
        .toString('latin1')
        .replace(/[\0-\x20\x7f]/g, '.')}`
    default:
      return path
  }
}
