import { type ChannelOptions, Client, credentials } from '@grpc/grpc-js'

/** A client with a connection of its own, in clear. `target` as gRPC names it: `unix:///path` or `host:port`. Nothing is tried twice by itself, and calls are not counted for channelz, which nobody asks. */
export const clientFor = (target: string, options: ChannelOptions = {}): Client =>
  new Client(target, credentials.createInsecure(), { 'grpc.enable_retries': 0, 'grpc.enable_channelz': 0, 'grpc.use_local_subchannel_pool': 1, ...options })
