'use strict'

/** Stands where the build puts the API: it answers /health, and says of the rest that it is not there. */
exports.handler = async ({ resource }) => {
  const healthy = resource === '/health'
  return {
    statusCode: healthy ? 200 : 501,
    headers: {
      'Access-Control-Allow-Origin': process.env.CORS_ORIGIN,
      'Content-Type': 'application/json',
    },
    body: JSON.stringify(healthy ? { status: 'ok' } : { error: 'not implemented' }),
  }
}
