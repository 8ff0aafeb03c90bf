// The systemd unit of ragent as text: how the agent is started, ended and confined.

/** Where a unit of this machine's administrator belongs. Source: systemd.unit(5). */
export const UNIT = 'ragent.service'
export const UNIT_PATH = `/etc/systemd/system/${UNIT}`
/** Variables of the service, a proxy's password among them: not in the unit, which everyone may read. */
export const ENVIRONMENT_FILE = '/etc/ragent/environment'

export interface Unit {
  /** node, the program, and its flags. */
  readonly command: readonly string[]
  readonly home: string
  readonly user: string
}

const FIRST_LINE =
  '# Written by `ragent install`, and by the next one. For changes of yours: systemctl edit ragent'
const STATE_FOLDER = '/var/lib/'

export function unitText({ command, home, user }: Unit): string {
  return `${FIRST_LINE}
[Unit]
Description=Agent of rconsole
After=network.target
# It never gives up: nobody could reach a machine behind NAT to start it again.
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${command.map(quoted).join(' ')}
User=${user}
EnvironmentFile=-${ENVIRONMENT_FILE}
${home.startsWith(STATE_FOLDER) ? `StateDirectory=${home.slice(STATE_FOLDER.length)}\nStateDirectoryMode=0700\n` : ''}Restart=on-failure
RestartSec=10
# Called wrongly; token, home or policy refused: the next start would end the same way.
RestartPreventExitStatus=2 78
# It ends what it runs by itself, with time to finish; what is left after that is killed.
KillMode=mixed
TimeoutStopSec=30
# A run that eats all the memory does not take the agent with it.
OOMPolicy=continue
# Its keys are in its memory. A program that wants a core may raise this.
LimitCORE=0:infinity
SyslogIdentifier=ragent
${user === 'root' ? AS_ROOT : AS_USER}
[Install]
WantedBy=multi-user.target

[X-Ragent]
Home=${home}
`
}

/** What a unit of ours says; undefined for one that someone else wrote. */
export function readUnit(text: string): { readonly home: string; readonly user: string } | undefined {
  if (!text.startsWith(FIRST_LINE)) return undefined
  const home = /^Home=(.+)$/m.exec(text)?.[1]
  const user = /^User=(.+)$/m.exec(text)?.[1]
  return home === undefined || user === undefined ? undefined : { home, user }
}

const AS_ROOT = `# Nothing more is closed: an operator is root here, and what is taken from the agent is taken from them (mounts that
# others see, packages, sudo, /tmp). What they may do is the policy's to say; install --user is for less.
`

/** What an ordinary user does not need, and would need to become more. */
const AS_USER = `# This user with no way up: no sudo, no new privileges, no namespaces of their own.
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
ProtectSystem=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
`

/** A word of a command line. Source: systemd.service(5), "Command lines". */
function quoted(word: string): string {
  const text = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w@%+=:,./$-]+$/.test(text)
    ? text
    : `"${text.replaceAll('\\', String.raw`\\`).replaceAll('"', String.raw`\"`)}"`
}
