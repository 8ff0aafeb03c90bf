// The operator's signature over one request of a session that is already open.
import { type Bytes, fromBase64url, toBase64url } from './bytes.ts'
import { type Identity, sha256, sign, verify } from './keys.ts'

const DOMAIN = Buffer.from('ragent/request-sig/1\0')

/** What is asked of one agent: exact text, so that both sides hash the same bytes. */
export interface SignedRequest {
  readonly action: string
  readonly request: string
  readonly by: number
}

/** SHA-256 of what is asked, in base64url: what the signature is about, and by which a receipt names it. */
export function requestHash({ action, request, by }: SignedRequest): string {
  return toBase64url(sha256(Buffer.from(JSON.stringify([action, by, request]))))
}

/** 64 bytes in base64url over fleet, agent key and the hash of what is asked. */
export function signRequest(
  fleet: string,
  agentKey: string,
  operator: Identity,
  asked: SignedRequest,
): string {
  return toBase64url(sign(operator, content(fleet, agentKey, requestHash(asked))))
}

/** Whether `operator` signed exactly this request for exactly this agent. */
export function isRequestSigned(
  fleet: string,
  agentKey: string,
  operator: string,
  { hash, sig }: { readonly hash: string; readonly sig: string | undefined },
): boolean {
  return sig !== undefined && verify(operator, content(fleet, agentKey, hash), fromBase64url(sig))
}

function content(fleet: string, agentKey: string, hash: string): Bytes {
  return Buffer.concat([
    DOMAIN,
    Buffer.from(`${fleet}\0`),
    fromBase64url(agentKey, 32),
    fromBase64url(hash, 32),
  ])
}
