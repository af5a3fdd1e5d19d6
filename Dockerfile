# syntax=docker/dockerfile:1

FROM node:24.21.0-slim AS build
WORKDIR /app
# Dependencies change less often than sources: a layer of their own. Their install scripts are not needed.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24.21.0-slim
# The connection to Temporal checks certificates against the system's.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/bin ./bin
COPY --from=build /app/tools/node.mjs ./tools/node.mjs
USER node
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["node", "bin/coppice.mjs", "health"]
STOPSIGNAL SIGTERM
CMD ["node", "bin/coppice.mjs", "worker"]
