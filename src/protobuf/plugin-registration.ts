import { bool, type Method, string, strings } from './table.ts'

/** kubelet's plugin registration, k8s.io/kubelet/pkg/apis/pluginregistration/v1. */
export const registration = {
  getInfo: {
    path: '/pluginregistration.Registration/GetInfo',
    request: {},
    response: { type: string(1), name: string(2), endpoint: string(3), supportedVersions: strings(4) },
  },
  notify: {
    path: '/pluginregistration.Registration/NotifyRegistrationStatus',
    request: { pluginRegistered: bool(1), error: string(2) },
    response: {},
  },
} as const satisfies Record<string, Method>
