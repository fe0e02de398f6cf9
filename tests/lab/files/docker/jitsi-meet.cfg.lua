VirtualHost "meet.jitsi"
    authentication = "jitsi-anonymous"
    modules_enabled = { "bosh"; "websocket"; "smacks"; }
