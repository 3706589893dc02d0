module example.com/chaim-go-provider

go 1.19
