// The peer: Node's `ws`, each message to everybody but its sender. node peer.mjs PORT
import { WebSocketServer, WebSocket } from 'ws'

const server = new WebSocketServer({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 1024, perMessageDeflate: false })

server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => {
        for (const other of server.clients)
            if (other !== socket && other.readyState === WebSocket.OPEN) other.send(data, { binary: isBinary })
    })
})
server.on('listening', () => console.log('listening'))
