/** Counted strings of the SPDY/3 header dictionary: each is preceded by its length. */
const counted = [
  ...'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization cache-control'.split(' '),
  ...'connection content-base content-encoding content-language content-length content-location content-md5 content-range content-type date etag'.split(' '),
  ...'expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma'.split(' '),
  ...'proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning'.split(' '),
  ...'www-authenticate method get status'.split(' '),
  ...['200 OK', 'version', 'HTTP/1.1', 'url', 'public', 'set-cookie', 'keep-alive', 'origin'],
]
const plain = [
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505',
  '203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found',
  '500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 ',
  'Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,',
  'text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.',
].join('')

/** What both sides of SPDY/3 begin their header compression with (draft-mbelshe-httpbis-spdy-00, 2.6.10.1). Its Adler-32 is 0xe3c6a7c2. */
export const headerDictionary: Buffer = Buffer.concat([
  ...counted.map((text) => {
    const entry = Buffer.alloc(4 + text.length)
    entry.writeUInt32BE(text.length)
    entry.write(text, 4, 'latin1')
    return entry
  }),
  Buffer.from(plain, 'latin1'),
])
