# The relay as an image. Debian, not Alpine: the package's terminal library has binaries for glibc only.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json bundle.mjs ./
COPY protocol protocol
COPY relay relay
COPY agent agent
COPY console console
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY docker-entrypoint.sh /usr/local/bin/rrelay-entrypoint
RUN mkdir -m 0700 /data && chown node:node /data
ENV RELAY_DATA=/data RELAY_HOST=0.0.0.0
VOLUME /data
EXPOSE 8080
# Starts as root only to make the volume the relay's own, then runs as `node` (see the file).
ENTRYPOINT ["/bin/sh", "/usr/local/bin/rrelay-entrypoint"]
# Not `npm start`: npm would be process 1, and would build.
CMD ["node", "dist/relay/main.js"]
