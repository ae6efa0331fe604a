using Microsoft.Extensions.Configuration;
using PhotoService.Demo;
using PhotoService.Tasks;

// Run by eng/demo.sh, which starts the broker, the API and the worker, and says where they are.
var settings = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
var broker = new Uri(Required("TaskQueue:RabbitMq:Uri"));

using var photos = new PhotoClient(new Uri(Required("Api")));
var story = new PhotoStory(photos, new PhotoStore(Required("Photos:Storage")), new DeadLetterQueue(broker, "tq.make-thumbnails.dead"), Required("Uploads"));
try
{
    await story.TellAsync();
    story.PrintSummary(settings["Management"]);
    return 0;
}
catch (DemoFailedException failure)
{
    await Console.Error.WriteLineAsync($"FAILED: {failure.Message}");
    return 1;
}

string Required(string name) => settings[name] ?? throw new InvalidOperationException($"The setting '{name}' is missing; eng/demo.sh gives it.");
